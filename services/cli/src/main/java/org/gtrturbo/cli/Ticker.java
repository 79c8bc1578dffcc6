package org.gtrturbo.cli;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Does one thing again and again, on a thread of its own. */
final class Ticker implements AutoCloseable {
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("live-view").daemon().factory());

  Ticker(Duration every, Runnable action) {
    // The future would carry a failure; then the view stands still, which harms no run.
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
