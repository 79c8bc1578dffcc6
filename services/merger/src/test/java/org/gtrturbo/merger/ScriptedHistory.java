package org.gtrturbo.merger;

import java.util.List;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;

/** A history of what was given to it; what is added to its lists later belongs to it too. */
record ScriptedHistory(
    List<Teacher> teachers, List<Checkpoint> checkpoints, List<Decided> decisions)
    implements RunHistory {
  static final ScriptedHistory EMPTY = new ScriptedHistory(List.of(), List.of(), List.of());

  ScriptedHistory(List<Teacher> teachers, List<Checkpoint> checkpoints) {
    this(teachers, checkpoints, List.of());
  }

  @Override
  public Optional<Teacher> newestTeacher(String stream) {
    return teachers(stream).stream().reduce((_, last) -> last);
  }

  @Override
  public List<Teacher> teachers(String stream) {
    return teachers.stream().filter(teacher -> teacher.getStream().equals(stream)).toList();
  }

  @Override
  public Optional<Teacher> teacher(String stream, String hash) {
    return teachers(stream).stream().filter(teacher -> teacher.getHash().equals(hash)).findFirst();
  }

  @Override
  public List<Checkpoint> checkpoints(long first, long last, int most) {
    return checkpoints.stream()
        .filter(each -> each.getVersion() >= first && each.getVersion() <= last)
        .limit(most)
        .toList();
  }
}
