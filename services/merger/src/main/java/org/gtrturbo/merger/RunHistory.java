package org.gtrturbo.merger;

import java.util.List;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.Teacher;

/** What everybody else has seen of the run: its topics, read up to what is committed. */
interface RunHistory {
  /** Checkpoints that are read and held at once where there may be any number. */
  int CHECKPOINTS_AT_ONCE = 512;

  /** The teacher that was announced last of a stream. */
  Optional<Teacher> newestTeacher(String stream);

  /**
   * All teachers of a stream, in the order in which they were announced; without their tensors,
   * which would fill the memory in a long run.
   */
  List<Teacher> teachers(String stream);

  /** One of those, with its tensors. */
  Optional<Teacher> teacher(String stream, String hash);

  /** All decisions, in order. */
  List<Decided> decisions();

  /** A decision and its offset on the topic. */
  record Decided(long offset, Decision decision) {}

  /**
   * The first checkpoints of these versions, in order, unreadable and missing ones left out; of
   * each what it says of its weights.
   *
   * @param most that are read
   */
  List<Checkpoint> checkpoints(long first, long last, int most);

  /** All of them. */
  default List<Checkpoint> checkpoints(long first, long last) {
    return checkpoints(first, last, Integer.MAX_VALUE);
  }
}
