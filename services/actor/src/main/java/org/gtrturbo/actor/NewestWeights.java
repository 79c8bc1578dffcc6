package org.gtrturbo.actor;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.gtrturbo.platform.blobs.CorruptBlobException;
import org.gtrturbo.platform.blobs.MissingBlobException;
import org.gtrturbo.policy.Parameters;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the newest of the versions that it is told of, on a thread of its own; those that a newer
 * one overtakes are never loaded.
 *
 * <p>A version whose blobs are missing or corrupt leaves the one before in place. It is tried once
 * more after a while, and as often as it takes while nothing is loaded at all; a newer version is
 * tried at once.
 */
final class NewestWeights<T> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NewestWeights.class);

  private final String what;
  private final Function<T, Parameters> load;
  private final Function<T, TeacherName> named;
  private final Consumer<T> tried;
  private final Duration retryAfter;
  private final Consumer<Throwable> onFailure;
  private final CompletableFuture<VersionedWeights> first = new CompletableFuture<>();
  private final AtomicReference<@Nullable VersionedWeights> newest = new AtomicReference<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;
  private @Nullable Attempt<T> offered;
  private boolean closed;
  private final AtomicLong unloadable = new AtomicLong();

  private record Attempt<T>(long version, T event, int number) {
    private Attempt<T> again() {
      return new Attempt<>(version, event, number + 1);
    }
  }

  /**
   * Starts the loader's thread with {@link #start}.
   *
   * @param what {@code checkpoint} or {@code teacher}
   * @param load loads and verifies one version
   * @param tried told of each version that was tried, when it is the newest or could not be loaded
   * @param onFailure told once if a version cannot be used for another reason than its blobs; then
   *     loading has ended
   */
  NewestWeights(
      String what,
      Function<T, Parameters> load,
      Consumer<T> tried,
      Duration retryAfter,
      Consumer<Throwable> onFailure) {
    this(what, load, _ -> TeacherName.OWN, tried, retryAfter, onFailure);
  }

  /**
   * As above, of teachers.
   *
   * @param named which teacher a version is
   */
  NewestWeights(
      String what,
      Function<T, Parameters> load,
      Function<T, TeacherName> named,
      Consumer<T> tried,
      Duration retryAfter,
      Consumer<Throwable> onFailure) {
    this.what = what;
    this.named = named;
    this.load = load;
    this.tried = tried;
    this.retryAfter = retryAfter;
    this.onFailure = onFailure;
    this.thread = Thread.ofPlatform().daemon().name("load-" + what).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** There is a newer version than all that were offered before. */
  void offer(long version, T event) {
    lock.lock();
    try {
      offered = new Attempt<>(version, event, 1);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Completes with the first version that could be loaded. */
  CompletableFuture<VersionedWeights> first() {
    return first;
  }

  /**
   * The newest version that could be loaded.
   *
   * @throws IllegalStateException before {@link #first} has completed
   */
  VersionedWeights newest() {
    VersionedWeights loaded = newest.get();
    if (loaded == null) {
      throw new IllegalStateException("no " + what + " is loaded yet; wait for the first one");
    }
    return loaded;
  }

  /** How many times a version could not be loaded. */
  long unloadable() {
    return unloadable.get();
  }

  /** Returns when nothing is being loaded any more. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      Optional<Attempt<T>> repeated = Optional.empty();
      for (var next = next(repeated); next.isPresent(); next = next(repeated)) {
        repeated = attempt(next.get());
        tried.accept(next.get().event());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      onFailure.accept(e);
    }
  }

  /** The next version to try; empty when closed. */
  private Optional<Attempt<T>> next(Optional<Attempt<T>> repeated) throws InterruptedException {
    long left = retryAfter.toNanos();
    lock.lockInterruptibly();
    try {
      while (!closed && offered == null) {
        if (repeated.isEmpty()) {
          changed.await();
        } else if (left <= 0) {
          return repeated;
        } else {
          left = changed.awaitNanos(left);
        }
      }
      Optional<Attempt<T>> next = closed ? Optional.empty() : Optional.ofNullable(offered);
      offered = null;
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** What is to be tried again if nothing newer comes. */
  private Optional<Attempt<T>> attempt(Attempt<T> attempt) {
    try {
      var loaded =
          new VersionedWeights(
              attempt.version(), load.apply(attempt.event()), named.apply(attempt.event()));
      newest.set(loaded);
      first.complete(loaded);
      LOG.info("{} {} is loaded", what, loaded.version());
      return Optional.empty();
    } catch (MissingBlobException | CorruptBlobException | UncheckedIOException e) {
      unloadable.incrementAndGet();
      VersionedWeights kept = newest.get();
      boolean again = attempt.number() == 1 || kept == null;
      LOG.warn(
          "{} {} cannot be loaded: {}; until it can, or a newer one, {} is used",
          what,
          attempt.version(),
          e.getMessage(),
          kept == null ? "none" : what + " " + kept.version());
      return again ? Optional.of(attempt.again()) : Optional.empty();
    }
  }
}
