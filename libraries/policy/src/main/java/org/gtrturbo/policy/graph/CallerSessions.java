package org.gtrturbo.policy.graph;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
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
  private final ConcurrentLinkedDeque<OrtSession> idle = new ConcurrentLinkedDeque<>();
  // Guarded by this.
  private final List<OrtSession> opened = new ArrayList<>();
  private int sharedLast;

  /**
   * Opens the first.
   *
   * @param opening of one more
   * @param most that are opened
   */
  CallerSessions(Supplier<OrtSession> opening, int most) {
    this.opening = opening;
    this.most = most;
    idle.add(another().orElseThrow());
  }

  <T> T run(Work<T> work) throws OrtException {
    // The one used last: what it needs is in the cache.
    Optional<OrtSession> own = Optional.ofNullable(idle.pollLast()).or(this::another);
    if (own.isEmpty()) {
      return work.with(shared());
    }
    try {
      return work.with(own.get());
    } finally {
      idle.addLast(own.get());
    }
  }

  private synchronized Optional<OrtSession> another() {
    if (opened.size() >= most) {
      return Optional.empty();
    }
    OrtSession session = opening.get();
    opened.add(session);
    return Optional.of(session);
  }

  private synchronized OrtSession shared() {
    sharedLast = (sharedLast + 1) % opened.size();
    return opened.get(sharedLast);
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
