package org.gtrturbo.merger;

import java.util.List;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.Teacher;

/** What everybody else has seen of the run: its topics, read up to what is committed. */
interface RunHistory {

  /** The teacher that was announced last of a stream. */
  Optional<Teacher> newestTeacher(String stream);

  /** All teachers of a stream, in the order in which they were announced. */
  List<Teacher> teachers(String stream);

  /** All decisions, in order. */
  List<Decided> decisions();

  /** A decision and its offset on the topic. */
  record Decided(long offset, Decision decision) {}

  /** Checkpoints of these versions, in order, unreadable and missing ones left out. */
  List<Checkpoint> checkpoints(long first, long last);
}
