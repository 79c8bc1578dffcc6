package org.gtrturbo.cli;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Does one thing again and again, on a thread of its own. */
final class Ticker implements AutoCloseable {
  private final ScheduledExecutorService executor;

  /**
   * @param thread what the thread is called
   * @param action done no more once it has thrown
   */
  Ticker(String thread, Duration every, Runnable action) {
    executor =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name(thread).daemon().factory());
    // The future would carry a failure; then what is shown or written stands still, which harms no
    // run.
    var _ =
        executor.scheduleWithFixedDelay(
            action, every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Returns when the action is not being done and will not be done again. */
  @Override
  public void close() {
    executor.shutdownNow();
    executor.close();
  }
}
