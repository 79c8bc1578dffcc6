package org.gtrturbo.learner;

import java.util.Map;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;

/** Is told what a learner does, on the learner's thread, which waits for it. */
public interface LearnerListener {

  /** Takes no notice. */
  static LearnerListener none() {
    return new LearnerListener() {};
  }

  /**
   * The warm start has come to a step.
   *
   * @param step so many are taken of {@code steps}
   * @param loss mean over the steps since it was last told
   */
  default void warmStart(int step, int steps, double loss) {}

  /** Learning goes on from a checkpoint that was committed before. */
  default void resumed(Checkpoint checkpoint) {}

  /**
   * A version is committed, that of the warm start included.
   *
   * @param metrics by the names of {@link LearnerMetrics}
   */
  default void updated(Checkpoint checkpoint, LedgerEntry entry, Map<String, Double> metrics) {}
}
