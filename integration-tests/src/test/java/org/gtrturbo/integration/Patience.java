package org.gtrturbo.integration;

import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.awaitility.Awaitility;

/**
 * For how long something is waited for: as long as what leads to it moves, however slow the machine
 * is.
 *
 * @param betweenLooks between two looks at whether it is there
 * @param withoutProgress the longest that nothing may move
 * @param inAll the longest wait, whatever moves
 */
record Patience(Duration betweenLooks, Duration withoutProgress, Duration inAll) {
  private static final Duration WITHOUT_PROGRESS = Duration.ofMinutes(2);
  private static final Duration IN_ALL = Duration.ofMinutes(12);
  // Looking at what moves may ask a broker.
  private static final int LOOKS_AT_PROGRESS = 120;

  /** The usual one of tests that run services. */
  static Patience looking(Duration betweenLooks) {
    return new Patience(betweenLooks, WITHOUT_PROGRESS, IN_ALL);
  }

  /** The same for what may be without a sign for longer. */
  Patience withoutProgress(Duration most) {
    return new Patience(betweenLooks, most, inAll);
  }

  /**
   * Returns when something is reached.
   *
   * @param what is waited for, for the failure
   * @param progress equal as long as nothing moves; it is named in the failure
   * @param reached may throw where it cannot be reached any more
   * @throws AssertionError if nothing moves for too long
   * @throws org.awaitility.core.ConditionTimeoutException if it moves and is not reached
   */
  void await(String what, Supplier<?> progress, BooleanSupplier reached) {
    var watch = new Watch(what, progress);
    Awaitility.await(what)
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(betweenLooks)
        .atMost(inAll)
        .until(
            () -> {
              if (reached.getAsBoolean()) {
                return true;
              }
              watch.look();
              return false;
            });
  }

  private final class Watch {
    private final String what;
    private final Supplier<?> progress;
    private Object seen;
    private long movedNanos;
    private long lookedNanos;

    Watch(String what, Supplier<?> progress) {
      this.what = what;
      this.progress = progress;
      this.seen = progress.get();
      this.movedNanos = System.nanoTime();
      this.lookedNanos = movedNanos;
    }

    void look() {
      long now = System.nanoTime();
      if (now - lookedNanos < withoutProgress.toNanos() / LOOKS_AT_PROGRESS) {
        return;
      }
      lookedNanos = now;
      Object current = progress.get();
      if (!Objects.equals(current, seen)) {
        seen = current;
        movedNanos = now;
      } else if (now - movedNanos > withoutProgress.toNanos()) {
        throw new AssertionError(
            "%s has not come, and for %s nothing has moved: %s"
                .formatted(what, withoutProgress, current));
      }
    }
  }
}
