package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What moves is waited for, what stands still is not. */
@Timeout(60)
class PatienceTest {
  private static final Duration LOOKS = Duration.ofMillis(5);
  private static final Duration STILL = Duration.ofMillis(300);

  @Test
  void whatMovesIsWaitedForLongerThanItMayStandStill() {
    var patience = new Patience(LOOKS, STILL, Duration.ofSeconds(30));
    var moves = new AtomicLong();
    long begun = System.nanoTime();

    patience.await(
        "the end", moves::incrementAndGet, () -> System.nanoTime() - begun > 3 * STILL.toNanos());

    assertThat(System.nanoTime() - begun).isGreaterThan(3 * STILL.toNanos());
  }

  @Test
  void whatStandsStillFailsWithWhereItStands() {
    var patience = new Patience(LOOKS, STILL, Duration.ofSeconds(30));

    assertThatThrownBy(() -> patience.await("checkpoint 4", () -> "checkpoint 3", () -> false))
        .isInstanceOf(AssertionError.class)
        .hasMessage("checkpoint 4 has not come, and for PT0.3S nothing has moved: checkpoint 3");
  }

  @Test
  void whatMovesForEverFailsInTheEnd() {
    var patience = new Patience(LOOKS, STILL, STILL.multipliedBy(2));
    var moves = new AtomicLong();

    assertThatThrownBy(() -> patience.await("the end", moves::incrementAndGet, () -> false))
        .isInstanceOf(ConditionTimeoutException.class)
        .hasMessageContaining("the end");
  }
}
