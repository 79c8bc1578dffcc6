package org.gtrturbo.actor;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Holds an actor back while the log is further ahead of the learner than it may be.
 *
 * <p>The lag is, over all partitions, what this actor knows to be published less what the learner
 * says it has read, and what is on its way to the log. It never exceeds the true lag, so other
 * actors need not be known. Safe for use by many threads.
 */
final class LagGate implements AutoCloseable {
  private final long maxLagTurns;
  private final Patience patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Integer, Long> ends = new HashMap<>();
  private final Map<Integer, Long> consumed = new HashMap<>();
  private long onTheirWay;
  private long heardNanos = System.nanoTime();
  private long extraTurns;
  private boolean closed;

  private int waiting;
  private long waitedNanos;
  private long countedNanos = System.nanoTime();

  /**
   * What a held actor may play beyond the lag, so that a learner whose batch lacks turns of
   * episodes that are still open gets their ends.
   *
   * <p>When each actor plays as many extra rounds as its environment has turns at most, every
   * episode that was open has ended, and more turns than the allowed lag belong to ended episodes,
   * however many actors there are.
   *
   * @param after how long a worker must have been held, and nothing new been heard of the learner
   * @param turns how many, until something new is heard
   */
  record Patience(Duration after, long turns) {}

  LagGate(long maxLagTurns, Patience patience) {
    this.maxLagTurns = maxLagTurns;
    this.patience = patience;
  }

  /** The partition ends at this offset, or further on. */
  void published(int partition, long end) {
    lock.lock();
    try {
      ends.merge(partition, end, Math::max);
    } finally {
      lock.unlock();
    }
  }

  /** A turn is handed over to be published. */
  void sent() {
    lock.lock();
    try {
      onTheirWay++;
    } finally {
      lock.unlock();
    }
  }

  /** A turn that was sent is in the log. */
  void acknowledged(int partition, long offset) {
    lock.lock();
    try {
      onTheirWay--;
      published(partition, offset + 1);
      // The learner may have read it already: then the lag has just become smaller.
      changed.signalAll();
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
      heardNanos = System.nanoTime();
      extraTurns = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Turns that are known to be published, or on their way, and not to be read by the learner. */
  long lagTurns() {
    lock.lock();
    try {
      long lag = onTheirWay;
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

  /** Returns when so many turns may be played, or the gate is closed for good. */
  void await(int turns) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      if (closed || isOpen()) {
        return;
      }
      countWaiting(1);
      try {
        awaitHeld(turns);
      } finally {
        countWaiting(-1);
      }
    } finally {
      lock.unlock();
    }
  }

  private void awaitHeld(int turns) throws InterruptedException {
    long heldNanos = System.nanoTime();
    while (!closed && !isOpen()) {
      long since = extraTurns > 0 ? heardNanos : Math.max(heldNanos, heardNanos);
      long left = patience.after().toNanos() - (System.nanoTime() - since);
      if (extraTurns >= patience.turns()) {
        changed.await();
      } else if (left > 0) {
        changed.awaitNanos(left);
      } else {
        extraTurns += turns;
        return;
      }
    }
  }

  /** The time that workers were held, added up over them; grows while they are. */
  Duration waited() {
    lock.lock();
    try {
      countWaiting(0);
      return Duration.ofNanos(waitedNanos);
    } finally {
      lock.unlock();
    }
  }

  private void countWaiting(int change) {
    long now = System.nanoTime();
    waitedNanos += waiting * (now - countedNanos);
    countedNanos = now;
    waiting += change;
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
