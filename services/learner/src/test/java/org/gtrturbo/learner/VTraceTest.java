package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.gtrturbo.learner.Advantages.Estimate;
import org.gtrturbo.learner.Advantages.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** V-trace against the sum that defines it, and where it is something else that is known. */
class VTraceTest {
  private static final double EXACT = 1e-10;
  private static final double DISCOUNT = 0.9;

  static Stream<Long> seeds() {
    return LongStream.range(0, 6).boxed();
  }

  @Test
  void twoTurnsByHand() {
    var trace = new VTrace(new Advantages(0.5, 1, 1, 0, 0), 1, 0.8);

    Estimate[] estimates =
        trace.estimate(List.of(new Outcome(1, 0.2, true, 0.5), new Outcome(2, 0.6, true, 3)));

    // v_1 = 0.6 + 1 (2 - 0.6) = 2
    // v_0 = 0.2 + 0.5 (1 + 0.5 * 0.6 - 0.2) + 0.5 * 0.5 (2 - 0.6) = 0.2 + 0.55 + 0.35 = 1.1
    assertThat(estimates[1].valueTarget()).isCloseTo(2, within(EXACT));
    assertThat(estimates[0].valueTarget()).isCloseTo(1.1, within(EXACT));
    assertThat(estimates[1].advantage()).isCloseTo(2 - 0.6, within(EXACT));
    assertThat(estimates[0].advantage()).isCloseTo(1 + 0.5 * 2 - 0.2, within(EXACT));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void targetsAreTheSumsThatDefineThem(long seed) {
    List<Outcome> episode = episode(seed, true);
    double lambda = 0.7;
    double rhoBar = 1.3;
    double cBar = 0.9;

    Estimate[] estimates =
        new VTrace(new Advantages(DISCOUNT, lambda, 0.5, 0, 0), rhoBar, cBar).estimate(episode);

    for (int from = 0; from < episode.size(); from++) {
      double target = episode.get(from).value();
      double reach = 1;
      for (int turn = from; turn < episode.size(); turn++) {
        Outcome at = episode.get(turn);
        double next = turn + 1 < episode.size() ? episode.get(turn + 1).value() : 0;
        double surprise = 0.5 * at.reward() + DISCOUNT * next - at.value();
        target += Math.pow(DISCOUNT, turn - from) * reach * Math.min(rhoBar, at.ratio()) * surprise;
        reach *= lambda * Math.min(cBar, at.ratio());
      }
      assertThat(estimates[from].valueTarget()).isCloseTo(target, within(EXACT));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void onPolicyItIsTheReturnAndGaeOfLambdaOne(long seed) {
    List<Outcome> episode = episode(seed, false);
    var weights = new Advantages(DISCOUNT, 1, 1, 0.3, -0.2);

    Estimate[] traced = new VTrace(weights, 1, 1).estimate(episode);
    Estimate[] gae = weights.estimate(episode);

    for (int turn = 0; turn < episode.size(); turn++) {
      assertThat(traced[turn].advantage()).isCloseTo(gae[turn].advantage(), within(EXACT));
      assertThat(traced[turn].valueTarget()).isCloseTo(gae[turn].valueTarget(), within(EXACT));
    }
    double discounted = 0;
    for (int turn = episode.size() - 1; turn >= 0; turn--) {
      discounted = episode.get(turn).reward() + DISCOUNT * discounted;
    }
    double format = episode.getFirst().formatted() ? 0.3 : -0.2;
    assertThat(traced[0].valueTarget()).isCloseTo(discounted + format, within(EXACT));
  }

  private static List<Outcome> episode(long seed, boolean offPolicy) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Outcome> episode = new ArrayList<>();
    int turns = 1 + random.nextInt(7);
    for (int turn = 0; turn < turns; turn++) {
      double ratio = offPolicy ? Math.exp(random.nextGaussian()) : 1;
      episode.add(
          new Outcome(random.nextGaussian(), random.nextGaussian(), random.nextBoolean(), ratio));
    }
    return episode;
  }
}
