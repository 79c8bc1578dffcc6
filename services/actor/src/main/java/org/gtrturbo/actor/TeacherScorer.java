package org.gtrturbo.actor;

import java.util.List;
import java.util.function.Supplier;
import org.gtrturbo.agents.PlayedTurn;
import org.gtrturbo.agents.TeacherGuide;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.policy.ObservationBatch;

/** Asks the newest teacher what it has to say of played turns. */
record TeacherScorer(TeacherGuide guide, Supplier<VersionedWeights> teacher) {

  /**
   * @param version of the teacher
   * @param scores in the order of the turns
   */
  record Scored(long version, List<TeacherScore> scores) {}

  /**
   * Guides one round.
   *
   * @param observations those of the turns, in their order
   */
  Scored score(ObservationBatch observations, List<PlayedTurn> turns) {
    VersionedWeights newest = teacher.get();
    List<TeacherScore> scores =
        guide.guide(
            newest.version(),
            newest.parameters(),
            observations,
            turns.stream().map(TeacherScorer::played).toList());
    return new Scored(
        newest.version(), scores.stream().map(score -> named(score, newest.teacher())).toList());
  }

  private static TeacherScore named(TeacherScore score, TeacherName teacher) {
    return teacher.equals(TeacherName.OWN)
        ? score
        : TeacherScore.newBuilder(score)
            .setStream(teacher.stream())
            .setRevision(teacher.revision())
            .build();
  }

  private static TeacherGuide.Played played(PlayedTurn turn) {
    return new TeacherGuide.Played(
        turn.written().tokens(),
        turn.written().thoughtTokens(),
        turn.episodeSeed(),
        turn.turnIndex());
  }
}
