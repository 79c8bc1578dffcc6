package org.gtrturbo.merger;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;

/** The checkpoints that were folded last, for rules that look at them again. */
final class EarlierCheckpoints {
  private final int most;
  private final RunHistory history;
  // The newest first.
  private List<Checkpoint> folded = List.of();

  /**
   * @param most that the rule looks at
   */
  EarlierCheckpoints(int most, RunHistory history) {
    this.most = most;
    this.history = history;
  }

  /** Those that were folded into a teacher, as its event names them. */
  void resume(Optional<Teacher> teacher) {
    folded = List.of();
    if (most == 0 || teacher.isEmpty() || teacher.get().getMerged() == 0) {
      return;
    }
    Set<String> hashes = new HashSet<>();
    long oldest = teacher.get().getVersion();
    for (TeacherInput input : folding(teacher.get()).getInputs()) {
      if (input.getKind() == TeacherInputKind.CHECKPOINT) {
        hashes.add(input.getHash());
        oldest = Math.min(oldest, input.getVersion());
      }
    }
    for (Checkpoint checkpoint : history.checkpoints(oldest, teacher.get().getVersion())) {
      if (hashes.contains(checkpoint.getHash())) {
        folded = following(folded, checkpoint);
      }
    }
  }

  /** A teacher that begins a revision names the one that it repeats. */
  private Teacher folding(Teacher teacher) {
    boolean repeats =
        teacher.getInputs().stream()
            .noneMatch(input -> input.getKind() == TeacherInputKind.CHECKPOINT);
    return repeats
        ? history.teachers(teacher.getStream()).stream()
            .filter(each -> each.getHash().equals(teacher.getParentHash()))
            .findFirst()
            .map(this::folding)
            .orElse(teacher)
        : teacher;
  }

  void add(Checkpoint checkpoint) {
    folded = following(folded, checkpoint);
  }

  /** The newest first. */
  List<Checkpoint> before() {
    return folded;
  }

  /** What there is once a checkpoint is folded. */
  List<Checkpoint> following(List<Checkpoint> before, Checkpoint newest) {
    if (most == 0) {
      return List.of();
    }
    var after = new ArrayList<Checkpoint>();
    after.add(newest);
    after.addAll(before.subList(0, Math.min(before.size(), most - 1)));
    return List.copyOf(after);
  }
}
