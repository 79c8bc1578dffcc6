package org.gtrturbo.actor;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.Teacher;

/**
 * Picks the teacher that guides: the newest of the stream that is promoted. Of a stream the one
 * that came last is the newest, because a merger announces a revision from its beginning. Told of
 * both topics by threads of their own.
 */
final class GuidingTeachers {
  private final Consumer<Teacher> guides;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Teacher> newest = new HashMap<>();
  private final GuidingStream guiding = new GuidingStream();

  /**
   * @param guides told of each teacher that guides from then on
   */
  GuidingTeachers(Consumer<Teacher> guides) {
    this.guides = guides;
  }

  void add(Teacher teacher) {
    lock.lock();
    try {
      newest.put(teacher.getStream(), teacher);
      if (teacher.getStream().equals(guiding.name())) {
        guides.accept(teacher);
      }
    } finally {
      lock.unlock();
    }
  }

  void add(Decision decision) {
    lock.lock();
    try {
      String before = guiding.name();
      guiding.add(decision);
      if (!guiding.name().equals(before)) {
        Optional.ofNullable(newest.get(guiding.name())).ifPresent(guides);
      }
    } finally {
      lock.unlock();
    }
  }
}
