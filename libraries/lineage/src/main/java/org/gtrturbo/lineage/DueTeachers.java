package org.gtrturbo.lineage;

import java.util.Optional;
import java.util.stream.LongStream;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;

/**
 * Which checkpoints a rule makes a teacher of, and so which teachers are still to come.
 *
 * @param everyCheckpoints versions that are a multiple of it are folded
 */
public record DueTeachers(MergeRule rule, int everyCheckpoints) {

  /** Those of the settings' own rule. */
  public static DueTeachers of(TeacherSettings settings) {
    return new DueTeachers(TeacherRules.own(settings), settings.everyCheckpoints());
  }

  /** The fold of a version, if it is one that is folded. */
  public Optional<Fold> foldOf(MergeProgress before, long version) {
    return version % everyCheckpoints == 0 ? rule.plan(before, version) : Optional.empty();
  }

  /**
   * Whether no further teacher is made of checkpoints up to a version: the rule gives them no
   * weight, or decisions keep them out.
   *
   * @param newest teacher of the rule that is known
   * @param verdicts as far as they are known; where they lag behind, the answer does too
   */
  public boolean isSettled(Teacher newest, long version, Verdicts verdicts) {
    var progress = new MergeProgress(newest.getMerged(), newest.getWeight());
    return LongStream.rangeClosed(newest.getVersion() + 1, version)
        .noneMatch(behind -> !verdicts.isBarred(behind) && foldOf(progress, behind).isPresent());
  }
}
