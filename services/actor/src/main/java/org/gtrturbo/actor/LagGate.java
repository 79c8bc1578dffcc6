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
 * says it has read, and what is on its way to the log. Turns of the actor's own open episodes do
 * not count: a learner that has read them waits for their ends. The lag never exceeds the true one,
 * so other actors need not be known. Safe for use by many threads.
 */
final class LagGate implements AutoCloseable {
  private static final int UPDATES_OF_PATIENCE = 3;

  private final long maxLagTurns;
  private final Patience patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Integer, Long> ends = new HashMap<>();
  private final Map<Integer, Long> consumed = new HashMap<>();
  private final Map<Integer, Long> open = new HashMap<>();
  private long onTheirWay;
  private boolean heard;
  private long heardNanos = System.nanoTime();
  private long quickestUpdateNanos = Long.MAX_VALUE;
  private long extraTurns;
  private boolean closed;

  private int waiting;
  private long waitedNanos;
  private long countedNanos = System.nanoTime();

  /**
   * What a held actor may play beyond the lag while nothing new is heard of the learner, which may
   * lack turns for a batch although the log is full of them: turns that are too old, and turns of
   * episodes that other actors have open.
   *
   * @param atLeast how long a worker must have been held and the learner been silent; longer where
   *     even its quickest update took longer
   * @param turns how many until something new is heard: with as many as a batch has, and as the
   *     actor's environments can have in open episodes, there is a batch whatever the other actors
   *     do
   */
  record Patience(Duration atLeast, long turns) {}

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
   * How a worker has left its environments.
   *
   * @param openTurns turns that its open episodes have had so far
   */
  void playing(int worker, long openTurns) {
    lock.lock();
    try {
      open.put(worker, openTurns);
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
      long now = System.nanoTime();
      if (heard) {
        quickestUpdateNanos = Math.min(quickestUpdateNanos, now - heardNanos);
      }
      heard = true;
      heardNanos = now;
      extraTurns = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Turns that are known to be published, or on their way, and not to be read by the learner, less
   * those of the actor's own open episodes.
   */
  long lagTurns() {
    lock.lock();
    try {
      long lag = onTheirWay;
      for (var end : ends.entrySet()) {
        lag += Math.max(0, end.getValue() - consumed.getOrDefault(end.getKey(), 0L));
      }
      return lag - open.values().stream().mapToLong(Long::longValue).sum();
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
      long left = patienceNanos() - (System.nanoTime() - since);
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

  // The quickest, because the latest may be one that the learner lacked turns for.
  private long patienceNanos() {
    long updates =
        quickestUpdateNanos == Long.MAX_VALUE ? 0 : UPDATES_OF_PATIENCE * quickestUpdateNanos;
    return Math.max(patience.atLeast().toNanos(), updates);
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
