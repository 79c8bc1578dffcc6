package org.gtrturbo.merger;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.merging.Frozen;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Sma;
import org.gtrturbo.platform.settings.Settings;

/**
 * Which checkpoints are merged, and how.
 *
 * @param everyCheckpoints versions that are a multiple of it are folded
 */
record MergePlan(MergeRule rule, int everyCheckpoints) {
  MergePlan {
    if (everyCheckpoints < 1) {
      throw new IllegalArgumentException(
          "everyCheckpoints must be at least 1, got " + everyCheckpoints);
    }
  }

  static MergePlan of(Settings.TeacherSettings settings) {
    MergeRule rule =
        switch (settings.rule()) {
          case EMA -> new Ema(settings.alpha());
          case SMA -> new Sma();
          case FROZEN -> new Frozen();
        };
    return new MergePlan(rule, settings.everyCheckpoints());
  }

  /** All that later folds depend on, as a teacher event says it. */
  Map<String, String> ruleSettings() {
    var settings = new HashMap<>(rule.settings());
    settings.put("everyCheckpoints", Integer.toString(everyCheckpoints));
    return Map.copyOf(settings);
  }

  /**
   * The version guard: whatever the delivery guarantee, and wherever reading starts again, each
   * checkpoint enters the teacher once.
   */
  MergeStep stepFor(Optional<Teacher> held, Checkpoint checkpoint) {
    long version = checkpoint.getVersion();
    if (held.isEmpty()) {
      return version == 0
          ? new MergeStep.Start()
          : new MergeStep.Refused(
              "there is no teacher to merge checkpoint "
                  + version
                  + " into, because no usable checkpoint 0 came before it; the dead letters say"
                  + " why checkpoint 0 was not usable");
    }
    Teacher teacher = held.get();
    if (version > teacher.getVersion()) {
      return fold(teacher, version);
    }
    if (version == teacher.getVersion() && !isMadeFrom(teacher, checkpoint.getHash())) {
      return new MergeStep.Refused(
          "another checkpoint "
              + version
              + " is in the teacher already, this one has the hash "
              + checkpoint.getHash()
              + "; two learners may have written to this run");
    }
    return new MergeStep.Past(teacher.getVersion());
  }

  private MergeStep fold(Teacher teacher, long version) {
    if (version % everyCheckpoints != 0) {
      return new MergeStep.NotDue();
    }
    // Every checkpoint weighs 1 in the mean, and the average by α has no use for its weight.
    var progress = new MergeProgress(teacher.getMerged(), teacher.getMerged());
    return rule.plan(progress, version)
        .<MergeStep>map(fold -> new MergeStep.Fold(teacher, fold.newest(), fold.after().merged()))
        .orElseGet(MergeStep.NotDue::new);
  }

  private static boolean isMadeFrom(Teacher teacher, String checkpointHash) {
    return teacher.getInputs().stream()
        .anyMatch(
            input ->
                input.getKind() == TeacherInputKind.CHECKPOINT
                    && input.getHash().equals(checkpointHash));
  }
}
