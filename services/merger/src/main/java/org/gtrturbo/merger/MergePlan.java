package org.gtrturbo.merger;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.lineage.DueTeachers;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;

/**
 * Which checkpoints are merged into a stream of teachers, and how.
 *
 * @param stream empty for the stream that the settings' rule makes, else its name
 * @param everyCheckpoints versions that are a multiple of it are folded
 */
record MergePlan(String stream, MergeRule rule, int everyCheckpoints) {
  MergePlan {
    if (everyCheckpoints < 1) {
      throw new IllegalArgumentException(
          "everyCheckpoints must be at least 1, got " + everyCheckpoints);
    }
  }

  MergePlan(MergeRule rule, int everyCheckpoints) {
    this("", rule, everyCheckpoints);
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
      return foldOf(progress(teacher), version).isPresent()
          ? new MergeStep.Due()
          : new MergeStep.NotDue();
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

  /** The fold of a version, if it is one that is folded. */
  Optional<Fold> foldOf(MergeProgress before, long version) {
    return new DueTeachers(rule, everyCheckpoints).foldOf(before, version);
  }

  static MergeProgress progress(Teacher teacher) {
    return new MergeProgress(teacher.getMerged(), teacher.getWeight());
  }

  private static boolean isMadeFrom(Teacher teacher, String checkpointHash) {
    return teacher.getInputs().stream()
        .anyMatch(
            input ->
                input.getKind() == TeacherInputKind.CHECKPOINT
                    && input.getHash().equals(checkpointHash));
  }
}
