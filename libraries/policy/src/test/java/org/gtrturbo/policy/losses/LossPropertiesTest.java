package org.gtrturbo.policy.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.gtrturbo.policy.losses.Guidance.Placement;
import org.gtrturbo.policy.losses.Surrogate.Decoupling;
import org.gtrturbo.policy.losses.Surrogate.Ratio;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of the losses whatever the numbers are, and what combinations are refused. */
final class LossPropertiesTest {
  private static final double EXACT = 1e-10;
  private static final double NONE = Double.POSITIVE_INFINITY;

  static Stream<Long> seeds() {
    return LongStream.range(10, 16).boxed();
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyEstimatorButK1IsNeverNegative(long seed) {
    SmallBatch batch = oneThoughtToken(RandomBatches.batch(seed), seed);
    LossesTest.estimators(batch)
        .forEach(
            (name, estimator) -> {
              if (!(estimator instanceof Estimator.K1)) {
                assertThat(estimate(batch, estimator)).as(name).isGreaterThanOrEqualTo(-EXACT);
              }
            });
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void estimatorsAreZeroWhereTheTeacherIsThePolicy(long seed) {
    SmallBatch batch = RandomBatches.batch(seed);
    SmallBatch same = batch.with("logits", batch.numbers().get("teacherTop").clone());
    LossesTest.estimators(same)
        .forEach(
            (name, estimator) ->
                assertThat(estimate(same, estimator)).as(name).isCloseTo(0, within(EXACT)));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void clipAndAbsAndK1AreOneNumberSeenThreeWays(long seed) {
    SmallBatch batch = RandomBatches.batch(seed);
    double clip = estimate(batch, Estimator.Clip.unbounded());

    assertThat(2 * clip - estimate(batch, new Estimator.Abs()))
        .isCloseTo(estimate(batch, new Estimator.K1()), within(EXACT));
    assertThat(estimate(batch, new Estimator.Clip(0.1))).isLessThanOrEqualTo(clip + EXACT);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aDivergenceOverFewWordsIsNoLargerThanOverAll(long seed) {
    SmallBatch batch = RandomBatches.batch(seed);

    assertThat(estimate(batch, new Estimator.ReverseKl(batch.few())))
        .isLessThanOrEqualTo(estimate(batch, new Estimator.ReverseKl(batch.words())) + EXACT);
    assertThat(estimate(batch, new Estimator.ForwardKl(batch.few())))
        .isLessThanOrEqualTo(estimate(batch, new Estimator.ForwardKl(batch.words())) + EXACT);
  }

  /** The mean over all words that could have been sampled, each as often as the policy says. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void k1AndK3AreTheReverseDivergenceInTheMean(long seed) {
    SmallBatch batch = oneThoughtToken(RandomBatches.batch(seed), seed);
    double[] policy = PlainLosses.logSoftmax(batch.numbers().get("logits"), batch.words());
    int place = indexOfThought(batch);
    double k1 = 0;
    double k3 = 0;
    for (int word = 0; word < batch.words(); word++) {
      double[] tokens = batch.numbers().get("tokens").clone();
      double[] teacher = batch.numbers().get("teacherLogProbs").clone();
      tokens[place] = word;
      teacher[place] = batch.numbers().get("teacherTop")[place * batch.words() + word];
      SmallBatch drawn = batch.with("tokens", tokens).with("teacherLogProbs", teacher);
      double probability = Math.exp(policy[place * batch.words() + word]);
      k1 += probability * estimate(drawn, new Estimator.K1());
      k3 += probability * estimate(drawn, new Estimator.K3());
    }

    double divergence = estimate(batch, new Estimator.ReverseKl(batch.words()));
    assertThat(k1).isCloseTo(divergence, within(EXACT));
    assertThat(k3).isCloseTo(divergence, within(EXACT));
  }

  /** At padding the teacher's log-probability is 0 and the policy's may be anything. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void k3IsNothingWhereThereIsNoThought(long seed) {
    SmallBatch batch = oneThoughtToken(RandomBatches.batch(seed), seed);
    double[] logits = batch.numbers().get("logits").clone();
    double[] teacher = batch.numbers().get("teacherLogProbs").clone();
    for (int place = 0; place < teacher.length; place++) {
      if (place != indexOfThought(batch)) {
        logits[place * batch.words() + (int) batch.numbers().get("tokens")[place]] = -1000;
        teacher[place] = 0;
      }
    }
    SmallBatch padded = batch.with("logits", logits).with("teacherLogProbs", teacher);
    var loss = batch.estimate(new Estimator.K3());

    assertThat(padded.run(loss).loss()).isEqualTo(batch.run(loss).loss());
    assertThat(padded.run(loss).logits()).containsExactly(batch.run(loss).logits());
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void decoupledPpoIsPpoWhereTheProximalPolicyPlayed(long seed) {
    SmallBatch batch = RandomBatches.batch(seed);
    SmallBatch fresh = batch.with("proximal", batch.numbers().get("behaviour"));
    for (Ratio ratio : Ratio.values()) {
      var plain = fresh.run(fresh.surrogate(LossesTest.plain(ratio), null, false));
      var decoupled = fresh.run(fresh.surrogate(decoupled(ratio), null, false));

      assertThat(decoupled.loss()).isCloseTo(plain.loss(), within(EXACT));
      assertThat(decoupled.logits()).containsExactly(plain.logits(), within(EXACT));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aRatioLimitOnlyEverLowersTheLoss(long seed) {
    SmallBatch batch = RandomBatches.batch(seed);
    for (Ratio ratio : Ratio.values()) {
      var limited =
          new Surrogate(ratio, SmallBatch.CLIP, SmallBatch.LAMBDA, 1.21, Optional.empty());

      assertThat(batch.run(batch.surrogate(limited, null, false)).loss())
          .isLessThanOrEqualTo(
              batch.run(batch.surrogate(LossesTest.plain(ratio), null, false)).loss() + EXACT);
    }
  }

  @Test
  void whatMakesNoSenseIsRefusedWithTheReason() {
    assertThatThrownBy(() -> new Guidance.Distance(Placement.LOSS, new Estimator.K1()))
        .hasMessageContaining("K1 cannot be a loss")
        .hasMessageContaining("does not depend on the teacher");
    assertThatThrownBy(() -> new Estimator.Clip(0)).hasMessageContaining("above 0, got 0.0");
    assertThatThrownBy(() -> new Estimator.ReverseKl(0)).hasMessageContaining("got 0");
    assertThatThrownBy(() -> new Surrogate(Ratio.TOKEN, 0.2, 1, 1.1, Optional.empty()))
        .hasMessageContaining("ratio limit must be above 1 + clip");
    assertThatThrownBy(() -> new ValueLoss(Optional.of(0.0))).hasMessageContaining("got 0.0");
    assertThatThrownBy(() -> new Decoupling(0)).hasMessageContaining("got 0.0");
  }

  private static Surrogate decoupled(Ratio ratio) {
    return new Surrogate(
        ratio, SmallBatch.CLIP, SmallBatch.LAMBDA, NONE, Optional.of(new Decoupling(NONE)));
  }

  private static double estimate(SmallBatch batch, Estimator estimator) {
    return batch.run(batch.estimate(estimator)).loss();
  }

  /** With one thought token in all, so that a mean is an estimate. */
  private static SmallBatch oneThoughtToken(SmallBatch batch, long seed) {
    double[] thought = new double[batch.turns() * batch.tokens()];
    thought[(int) (seed % thought.length)] = 1;
    return batch.with("thought", thought);
  }

  private static int indexOfThought(SmallBatch batch) {
    double[] thought = batch.numbers().get("thought");
    return (int) Arrays.stream(thought).takeWhile(each -> each == 0).count();
  }
}
