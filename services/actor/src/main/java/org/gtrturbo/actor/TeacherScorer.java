package org.gtrturbo.actor;

import java.util.List;
import java.util.function.Supplier;
import org.gtrturbo.agents.PlayedTurn;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.TokenScores;

/**
 * Scores played turns with the newest teacher.
 *
 * @param scorer may be shared; not closed here
 * @param carried what a turn carries of the teacher
 * @param temperature that the turns are sampled at, so that both distributions are of the same kind
 */
record TeacherScorer(
    Scorer scorer, Supplier<VersionedWeights> teacher, Carried carried, double temperature) {

  /** How much of the teacher's distributions on thought tokens a turn carries. */
  sealed interface Carried {
    /** The log-probabilities of the generated tokens alone. */
    record TokensOnly() implements Carried {}

    /**
     * Also the likeliest tokens at every place of the thought.
     *
     * @param topK how many; 0 for the whole vocabulary
     */
    record Likeliest(int topK) implements Carried {}
  }

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
    VersionedWeights scoring = teacher.get();
    Parameters parameters = scoring.parameters();
    int[][] tokens = turns.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new);
    TokenScores scores =
        switch (carried) {
          case Carried.TokensOnly() ->
              scorer.score(
                  parameters, observations, tokens, new int[tokens.length], 1, temperature);
          case Carried.Likeliest(int topK) -> {
            int[] thoughts =
                turns.stream().mapToInt(turn -> turn.written().thoughtTokens()).toArray();
            yield scorer.score(parameters, observations, tokens, thoughts, topK, temperature);
          }
        };
    return new Scored(scoring.version(), scores);
  }
}
