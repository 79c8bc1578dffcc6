package org.gtrturbo.actor;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds an actor back while the log is further ahead of the learner than it may be.
 *
 * <p>The lag is, over all partitions, what the actor knows to be published less what the learner
 * says it has read. It is never more than the true lag, so other actors need not be known. Safe for
 * use by many threads.
 */
final class LagGate implements AutoCloseable {
  private final long maxLagTurns;
  private final Patience patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Integer, Long> ends = new HashMap<>();
  private final Map<Integer, Long> consumed = new HashMap<>();
  private boolean held;
  private long heldSinceNanos;
  private long extraTurns;
  private boolean closed;

  /**
   * What a held actor may play beyond the lag, so that a learner whose batch lacks turns of
   * episodes that are still open gets their ends.
   *
   * <p>When each actor plays as many extra rounds as its environment has turns at most, every
   * episode that was open has ended and more turns than the allowed lag belong to ended episodes,
   * however many actors there are.
   *
   * @param after how long nothing new has been heard of the learner
   * @param turns how many, until something new is heard
   */
  record Patience(Duration after, long turns) {}

  LagGate(long maxLagTurns, Patience patience) {
    this.maxLagTurns = maxLagTurns;
    this.patience = patience;
  }

  /** The partition is known to end behind the record at this offset, or further on. */
  void published(int partition, long offset) {
    lock.lock();
    try {
      ends.merge(partition, offset + 1, Math::max);
    } finally {
      lock.unlock();
    }
  }

  /**
   * What the newest checkpoint says.
   *
   * @param positions by partition, the offset behind the last record that the learner has read
   */
  void consumed(Map<Integer, Long> positions) {
    lock.lock();
    try {
      positions.forEach((partition, position) -> consumed.merge(partition, position, Math::max));
      heldSinceNanos = System.nanoTime();
      extraTurns = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Turns that are known to be published and not to be read by the learner. */
  long lagTurns() {
    lock.lock();
    try {
      long lag = 0;
      for (var end : ends.entrySet()) {
        lag += Math.max(0, end.getValue() - consumed.getOrDefault(end.getKey(), 0L));
      }
      return lag;
    } finally {
      lock.unlock();
    }
  }

  boolean isOpen() {
    return lagTurns() <= maxLagTurns;
  }

  /**
   * Returns when so many turns may be played, or the gate is closed for good.
   *
   * @return the time that passed until then
   */
  Duration await(int turns) throws InterruptedException {
    long begun = System.nanoTime();
    lock.lockInterruptibly();
    try {
      while (!closed && !isOpen()) {
        if (!held) {
          held = true;
          heldSinceNanos = System.nanoTime();
        }
        long left = patience.after().toNanos() - (System.nanoTime() - heldSinceNanos);
        if (extraTurns >= patience.turns()) {
          changed.await();
        } else if (left > 0) {
          changed.awaitNanos(left);
        } else {
          extraTurns += turns;
          return Duration.ofNanos(System.nanoTime() - begun);
        }
      }
      held = false;
      return Duration.ofNanos(System.nanoTime() - begun);
    } finally {
      lock.unlock();
    }
  }

  /** Lets everyone through from now on, for the end of the actor. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
