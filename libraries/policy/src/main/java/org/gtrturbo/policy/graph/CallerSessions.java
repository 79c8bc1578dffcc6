package org.gtrturbo.policy.graph;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The sessions of one model, for threads that run it at once.
 *
 * <p>A session of ONNX Runtime may be run by many threads, but its memory has one lock, which every
 * operator takes: threads in one session wait for each other for half of their time. So a thread
 * has a session to itself while it runs. Another one is opened when more run at once than ever
 * before, up to a limit, beyond which they share.
 */
final class CallerSessions implements AutoCloseable {

  /** What is done with a session. */
  interface Work<T> {
    T with(OrtSession session) throws OrtException;
  }

  private final Supplier<OrtSession> opening;
  private final int most;
  // All guarded by this.
  private final List<OrtSession> opened = new ArrayList<>();
  private final Deque<OrtSession> idle = new ArrayDeque<>();
  // Open, or being opened.
  private int begun = 1;
  private int sharedLast;

  /**
   * Opens the first.
   *
   * @param opening of one more, by any thread
   * @param most that are opened
   */
  CallerSessions(Supplier<OrtSession> opening, int most) {
    this.opening = opening;
    this.most = most;
    OrtSession first = opening.get();
    opened.add(first);
    idle.add(first);
  }

  <T> T run(Work<T> work) throws OrtException {
    Optional<OrtSession> own = take();
    if (own.isEmpty()) {
      return work.with(shared());
    }
    try {
      return work.with(own.get());
    } finally {
      giveBack(own.get());
    }
  }

  /** Empty where this thread has to share. */
  private Optional<OrtSession> take() {
    synchronized (this) {
      // The one used last: what it needs is in the cache.
      if (!idle.isEmpty()) {
        return Optional.of(idle.removeLast());
      }
      if (begun >= most) {
        return Optional.empty();
      }
      begun++;
    }
    // Not within the lock, which those that give back would wait for.
    boolean isOpen = false;
    try {
      OrtSession session = opening.get();
      isOpen = true;
      synchronized (this) {
        opened.add(session);
      }
      return Optional.of(session);
    } finally {
      if (!isOpen) {
        synchronized (this) {
          begun--;
        }
      }
    }
  }

  private synchronized void giveBack(OrtSession session) {
    idle.addLast(session);
  }

  private synchronized OrtSession shared() {
    sharedLast = (sharedLast + 1) % opened.size();
    return opened.get(sharedLast);
  }

  /** Any of them, to be asked and not run. */
  synchronized OrtSession any() {
    return opened.getFirst();
  }

  /** How many are open. */
  synchronized int count() {
    return opened.size();
  }

  @Override
  public synchronized void close() throws OrtException {
    for (OrtSession session : opened) {
      session.close();
    }
  }
}
