package org.gtrturbo.actor;

import java.util.List;
import java.util.function.Supplier;
import org.gtrturbo.agents.PlayedTurn;
import org.gtrturbo.agents.TeacherScoring;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.TokenScores;

/** Scores played turns with the newest teacher. */
record TeacherScorer(TeacherScoring scoring, Supplier<VersionedWeights> teacher) {

  /**
   * @param version of the teacher
   * @param scores in the order of the turns
   */
  record Scored(long version, TokenScores scores) {}

  /**
   * Scores one round.
   *
   * @param observations those of the turns, in their order
   */
  Scored score(ObservationBatch observations, List<PlayedTurn> turns) {
    VersionedWeights newest = teacher.get();
    return new Scored(
        newest.version(),
        scoring.score(
            newest.parameters(),
            observations,
            turns.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new),
            turns.stream().mapToInt(turn -> turn.written().thoughtTokens()).toArray()));
  }
}
