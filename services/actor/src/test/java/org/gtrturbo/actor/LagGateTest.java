package org.gtrturbo.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An actor is held exactly while it knows of more unread turns than allowed, goes on when the
 * learner has read, and plays a bounded number of turns more where the learner is silent.
 */
@Timeout(60)
final class LagGateTest {
  private static final LagGate.Patience ENDLESS = new LagGate.Patience(Duration.ofDays(1), 100);

  static LongStream seeds() {
    return LongStream.range(0, 50);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void theLagIsWhatIsPublishedAndUnreadByPartitionWithoutTheActorsOpenEpisodes(long seed) {
    var random = new SplittableRandom(seed);
    var gate = new LagGate(20, ENDLESS);
    long[] log = new long[4];
    long[] known = new long[4];
    long[] read = new long[4];
    long[] open = new long[2];
    Deque<long[]> onTheirWay = new ArrayDeque<>();
    for (int step = 0; step < 300; step++) {
      int partition = random.nextInt(4);
      switch (random.nextInt(5)) {
        case 0 -> log[partition] += random.nextInt(3); // another actor publishes
        case 1 -> {
          gate.sent();
          onTheirWay.add(new long[] {partition, log[partition]++});
        }
        case 2 -> {
          if (!onTheirWay.isEmpty()) {
            long[] record = onTheirWay.remove();
            gate.acknowledged((int) record[0], record[1]);
            known[(int) record[0]] = Math.max(known[(int) record[0]], record[1] + 1);
          }
        }
        case 3 -> {
          open[partition % 2] = random.nextInt(4);
          gate.playing(partition % 2, open[partition % 2]);
        }
        default -> {
          Map<Integer, Long> positions = new HashMap<>();
          for (int each = 0; each < 4; each++) {
            read[each] += random.nextLong(log[each] - read[each] + 1);
            positions.put(each, read[each]);
          }
          gate.consumed(positions);
        }
      }
      long expected = onTheirWay.size() - open[0] - open[1];
      for (int each = 0; each < 4; each++) {
        expected += Math.max(0, known[each] - read[each]);
      }
      assertThat(gate.lagTurns()).isEqualTo(expected);
      assertThat(gate.isOpen()).isEqualTo(expected <= 20);
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void positionsThatComeLateTakeNothingBack(long seed) {
    var random = new SplittableRandom(seed);
    var gate = new LagGate(10, ENDLESS);
    gate.published(0, 100);
    long newest = 0;
    for (int step = 0; step < 50; step++) {
      long position = random.nextLong(100);
      newest = Math.max(newest, position);
      gate.consumed(Map.of(0, position));
      assertThat(gate.lagTurns()).isEqualTo(100 - newest);
    }
  }

  @Test
  void aHeldWorkerGoesOnWhenTheLearnerHasReadEnough() throws InterruptedException {
    var gate = new LagGate(10, ENDLESS);
    gate.published(0, 15);
    var passed = new AtomicInteger();
    Thread worker = worker(gate, passed, 1);

    awaitHeld(worker);
    gate.consumed(Map.of(0, 4L));
    awaitHeld(worker);
    assertThat(passed).hasValue(0);
    gate.consumed(Map.of(0, 5L));

    worker.join();
    assertThat(passed).hasValue(1);
    assertThat(gate.waited()).isPositive();
  }

  @Test
  void anAcknowledgementThatComesBehindTheLearnerOpensTheGate() throws InterruptedException {
    var gate = new LagGate(0, ENDLESS);
    gate.sent();
    var passed = new AtomicInteger();
    Thread worker = worker(gate, passed, 1);

    awaitHeld(worker);
    gate.consumed(Map.of(0, 1L));
    awaitHeld(worker);
    gate.acknowledged(0, 0);

    worker.join();
    assertThat(passed).hasValue(1);
  }

  @Test
  void aSilentLearnerGetsExtraTurnsButNotMoreThanThat() throws InterruptedException {
    var gate = new LagGate(10, new LagGate.Patience(Duration.ofNanos(1), 9));
    gate.published(0, 11);
    var passed = new AtomicInteger();
    Thread worker = worker(gate, passed, 100);

    // Rounds of 3 turns each.
    await().untilAsserted(() -> assertThat(passed).hasValue(3));
    awaitHeld(worker);
    assertThat(passed).hasValue(3);
    gate.consumed(Map.of());
    await().untilAsserted(() -> assertThat(passed).hasValue(6));
    gate.close();
    worker.join();
  }

  @Test
  void aClosedGateHoldsNobody() throws InterruptedException {
    var gate = new LagGate(0, ENDLESS);
    gate.published(0, 5);
    var passed = new AtomicInteger();
    Thread worker = worker(gate, passed, 2);
    awaitHeld(worker);

    gate.close();

    worker.join();
    assertThat(passed).hasValue(2);
  }

  private static Thread worker(LagGate gate, AtomicInteger passed, int rounds) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                for (int round = 0; round < rounds; round++) {
                  gate.await(3);
                  passed.incrementAndGet();
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  private static void awaitHeld(Thread worker) {
    await()
        .until(
            () ->
                worker.getState() == Thread.State.WAITING
                    || worker.getState() == Thread.State.TIMED_WAITING);
  }
}
