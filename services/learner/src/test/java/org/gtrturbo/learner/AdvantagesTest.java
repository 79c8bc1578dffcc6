package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.gtrturbo.learner.Advantages.Estimate;
import org.gtrturbo.learner.Advantages.Outcome;
import org.junit.jupiter.api.Test;

/** Numbers worked out by hand from the formulas in {@link Advantages}. */
class AdvantagesTest {
  private static final double EXACT = 1e-12;

  @Test
  void anEpisodeOfThreeTurnsIsEstimatedBackwardsFromItsEnd() {
    var advantages = new Advantages(0.5, 0.5, 0.1, 0, 0);
    Estimate[] estimates =
        advantages.estimate(
            List.of(
                new Outcome(0, 0.2, true),
                new Outcome(-10, 0.4, true),
                new Outcome(10, 0.6, true)));

    // delta_2 = 1 + 0 - 0.6 = 0.4;            gae_2 = 0.4
    // delta_1 = -1 + 0.5 * 0.6 - 0.4 = -1.1;  gae_1 = -1.1 + 0.25 * 0.4 = -1.0
    // delta_0 = 0 + 0.5 * 0.4 - 0.2 = 0;      gae_0 = 0 + 0.25 * -1.0 = -0.25
    check(estimates[0], -0.25, -0.05);
    check(estimates[1], -1.0, -0.6);
    check(estimates[2], 0.4, 1.0);
  }

  @Test
  void theFormatRewardStaysWithItsTurn() {
    var advantages = new Advantages(0.5, 0.5, 0.1, 3, -2);
    Estimate[] estimates =
        advantages.estimate(List.of(new Outcome(0, 0.2, true), new Outcome(10, 0.6, false)));

    // gae_1 = 0.4, format -0.2;  delta_0 = 0.3 - 0.2 = 0.1, gae_0 = 0.1 + 0.25 * 0.4 = 0.2, +0.3
    check(estimates[0], 0.5, 0.7);
    check(estimates[1], 0.2, 0.8);
  }

  @Test
  void aTurnAloneIsItsRewardLessItsValue() {
    check(
        new Advantages(0.9, 0.95, 1, 0, 0).estimate(List.of(new Outcome(-1, 0.5, true)))[0],
        -1.5,
        -1);
  }

  @Test
  void advantagesOfABatchAreBroughtToMeanZeroAndDeviationOne() {
    // Mean 2, squares 1 + 1 + 0, n - 1 = 2: deviation 1.
    double[] normalised = Advantages.normalised(new double[] {1, 3, 2});

    assertThat(normalised).containsExactly(new double[] {-1, 1, 0}, within(1.1e-5));
    assertThat(normalised[1]).isLessThan(1);
  }

  @Test
  void advantagesThatAreAllTheSameBecomeZero() {
    assertThat(Advantages.normalised(new double[] {2, 2})).containsExactly(0, 0);
    assertThat(Advantages.normalised(new double[] {7})).containsExactly(0);
  }

  private static void check(Estimate estimate, double advantage, double valueTarget) {
    assertThat(estimate.advantage()).isCloseTo(advantage, within(EXACT));
    assertThat(estimate.valueTarget()).isCloseTo(valueTarget, within(EXACT));
  }
}
