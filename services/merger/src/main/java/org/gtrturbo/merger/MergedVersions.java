package org.gtrturbo.merger;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;

/** The teachers that a teacher follows from, and the checkpoints that are merged in them. */
final class MergedVersions {
  // The newest first.
  private final List<Teacher> ancestry = new ArrayList<>();
  private final TreeSet<Long> merged = new TreeSet<>();

  /**
   * Walks from a teacher to the base.
   *
   * @param announced teachers of its stream, all but those of {@code recent}
   * @param recent teachers that may not be visible to others yet
   */
  MergedVersions(Teacher newest, List<Teacher> announced, List<Teacher> recent) {
    Map<String, Teacher> byHash = new HashMap<>();
    announced.forEach(teacher -> byHash.put(teacher.getHash(), teacher));
    recent.forEach(teacher -> byHash.put(teacher.getHash(), teacher));
    Optional<Teacher> at = Optional.of(newest);
    while (at.isPresent()) {
      Teacher teacher = at.get();
      ancestry.add(teacher);
      newestInput(teacher).ifPresent(merged::add);
      at =
          teacher.getParentHash().isEmpty()
              ? Optional.empty()
              : Optional.of(parent(teacher, byHash));
    }
  }

  private static Teacher parent(Teacher teacher, Map<String, Teacher> byHash) {
    return Optional.ofNullable(byHash.get(teacher.getParentHash()))
        .orElseThrow(
            () ->
                new BrokenChainException(
                    "teacher "
                        + teacher.getVersion()
                        + " names a teacher before it that is not on the topic, "
                        + teacher.getParentHash()
                        + "; restore the topic, or start another run"));
  }

  /** Where a teacher is made anew it has no checkpoint of its own. */
  private static Optional<Long> newestInput(Teacher teacher) {
    return teacher.getInputs().stream()
        .filter(input -> input.getKind() == TeacherInputKind.CHECKPOINT)
        .map(TeacherInput::getVersion)
        .filter(version -> version == teacher.getVersion() && version > 0)
        .findFirst();
  }

  boolean contains(long version) {
    return merged.contains(version);
  }

  /** The lowest of some versions that is merged and barred, or missing and wanted. */
  OptionalLong firstWrong(Iterable<Long> versions, LongPredicate barred, LongPredicate wanted) {
    for (long version : versions) {
      if (version > 0 && (contains(version) ? barred.test(version) : wanted.test(version))) {
        return OptionalLong.of(version);
      }
    }
    return OptionalLong.empty();
  }

  /** The newest teacher with nothing of a checkpoint in it, nor of any behind. */
  Teacher newestBefore(long version) {
    return ancestry.stream()
        .filter(teacher -> teacher.getVersion() < version)
        .findFirst()
        .orElseGet(ancestry::getLast);
  }
}
