package org.gtrturbo.cli;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C (and SIGTERM) as something to wait for. The process ends when the work that was stopped is
 * closed, or after a while if it never is.
 */
final class Stop implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private final CompletableFuture<Void> asked = new CompletableFuture<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::ask, "stop");

  static Stop onSignal() {
    Stop stop = new Stop();
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  private void ask() {
    asked.complete(null);
    try {
      boolean inTime = closed.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (!inTime) {
        System.err.println("Stopping takes too long; what is committed is safe");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Completes when stopping is asked for. */
  CompletableFuture<Void> asked() {
    return asked.copy();
  }

  boolean isAsked() {
    return asked.isDone();
  }

  /** The work is closed; the process may end. */
  @Override
  public void close() {
    closed.countDown();
    if (!asked.isDone()) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }
}
