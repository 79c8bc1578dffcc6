package org.gtrturbo.learner;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.gtrturbo.events.Checkpoint;

/** What a learner learns from: a version 0 to begin with, and batches. */
interface Experience {

  /** Whether the turns are those of the run itself, whose offsets are committed with a version. */
  boolean isLive();

  /** Makes version 0; empty where it was stopped before the end. */
  Optional<WarmStart.Result> base(BooleanSupplier stopping, LearnerListener listener);

  /** Opens the batches behind a committed version. */
  Batches openBehind(Checkpoint checkpoint);

  /** Batches in order. For one thread, except {@link #end}. */
  interface Batches extends AutoCloseable {

    /**
     * The batch that makes the next version; waits for it.
     *
     * @param parent the version before
     */
    Next next(Checkpoint parent) throws InterruptedException;

    /**
     * Fills a buffer with what was trained on up to a committed version; before the first batch.
     *
     * @throws InterruptedException also after {@link #end}
     */
    void recall(Checkpoint checkpoint, LessonBuffer lessons) throws InterruptedException;

    /** Ends a wait in {@link #next}, which then answers {@link Stopped}. From any thread. */
    void end();

    @Override
    void close();
  }

  /** What comes after a version. */
  sealed interface Next {}

  record Ready(Batch batch) implements Next {}

  /** {@link Batches#end} was called. */
  record Stopped() implements Next {}

  /** There is nothing more to learn from. */
  record Exhausted() implements Next {}
}
