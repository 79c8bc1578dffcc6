package org.gtrturbo.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jline.utils.Signals;

/**
 * Ctrl-C (and SIGTERM) as something to wait for. The process ends when the work that was stopped is
 * closed, or after a while if it never is; a second signal ends it at once.
 *
 * <p>The signals are taken before the virtual machine begins to shut down: ONNX Runtime lets go of
 * its environment in a shutdown hook of its own, and what is still computing then crashes.
 */
final class Stop implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(25);
  private static final int NOT_CLOSED = 1;

  private final CompletableFuture<Void> asked = new CompletableFuture<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Runnable> givingBack = new ArrayList<>();

  Stop() {}

  static Stop onSignal() {
    Stop stop = new Stop();
    for (String signal : List.of("INT", "TERM")) {
      Object before = Signals.register(signal, stop::ask);
      stop.givingBack.add(() -> Signals.unregister(signal, before));
    }
    return stop;
  }

  private void ask() {
    if (!asked.complete(null)) {
      Runtime.getRuntime().halt(NOT_CLOSED);
    }
    Thread.ofPlatform().daemon().name("stop").start(this::awaitClosed);
  }

  private void awaitClosed() {
    try {
      if (!closed.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        System.err.println("Stopping takes too long; what is committed is safe");
        Runtime.getRuntime().halt(NOT_CLOSED);
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
    givingBack.forEach(Runnable::run);
  }
}
