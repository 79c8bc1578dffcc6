package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Learning rates and coefficients over a run of 1000 turns. */
class ScheduleTest {
  @Test
  void aCosineFallsFromTheWholeRateToNothingAtTheEndOfTheRun() {
    var schedule = schedule("learner.schedule=cosine");

    assertThat(schedule.at(1, 0).learningRate()).isEqualTo(0.5);
    // ½ (1 + cos(π/3)) = ¾
    assertThat(schedule(("run.turns=900"), "learner.schedule=cosine").at(3, 300).learningRate())
        .isCloseTo(0.375, within(1e-12));
    assertThat(schedule.at(3, 500).learningRate()).isCloseTo(0.25, within(1e-12));
    assertThat(schedule.at(9, 1000).learningRate()).isZero();
    assertThat(schedule.at(9, 1200).learningRate()).isZero();
  }

  @Test
  void aConstantRateRisesOverTheWarmUpAndStays() {
    var schedule = schedule("learner.schedule=constant", "learner.warmUpUpdates=4");

    assertThat(schedule.at(1, 0).learningRate()).isEqualTo(0.125);
    assertThat(schedule.at(4, 300).learningRate()).isEqualTo(0.5);
    assertThat(schedule.at(40, 999).learningRate()).isEqualTo(0.5);
  }

  @Test
  void aStraightLineFallsToNothingAtTheEndOfTheRun() {
    var schedule = schedule("learner.schedule=linear", "learner.warmUpUpdates=2");

    assertThat(schedule.at(1, 0).learningRate()).isEqualTo(0.25);
    assertThat(schedule.at(5, 250).learningRate()).isCloseTo(0.375, within(1e-12));
    assertThat(schedule.at(9, 1000).learningRate()).isZero();
    assertThat(schedule.at(9, 1200).learningRate()).isZero();
  }

  @Test
  void cosineAnnealingFallsOverItsUpdatesAndRisesAgain() {
    var schedule =
        schedule(
            "learner.schedule=cosine-annealing",
            "training.annealing.updates=6",
            "training.annealing.leastRate=0.1");

    assertThat(schedule.at(1, 0).learningRate()).isEqualTo(0.5);
    // 0.1 + 0.4 · ½ (1 + cos(π/3))
    assertThat(schedule.at(3, 7).learningRate()).isCloseTo(0.4, within(1e-12));
    assertThat(schedule.at(7, 900).learningRate()).isCloseTo(0.1, within(1e-12));
    assertThat(schedule.at(11, 900).learningRate()).isCloseTo(0.4, within(1e-12));
    assertThat(schedule.at(13, 999).learningRate()).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void theValueHeadIsTrainedAloneAtFirst() {
    var schedule =
        schedule(
            "learner.valueWarmUpUpdates=2",
            "learner.entropyCoefficient=0.01",
            "learner.valueCoefficient=0.5",
            "guidance.coefficient=0.3");

    var alone = schedule.at(2, 64);
    assertThat(alone.policy()).isZero();
    assertThat(alone.guidance()).isZero();
    assertThat(alone.entropy()).isZero();
    assertThat(alone.value()).isEqualTo(0.5);
    var all = schedule.at(3, 96);
    assertThat(all.policy()).isEqualTo(1);
    assertThat(all.guidance()).isEqualTo(0.3);
    assertThat(all.entropy()).isEqualTo(0.01);
    assertThat(all.value()).isEqualTo(0.5);
  }

  private static Schedule schedule(String... changes) {
    String[] all = new String[changes.length + 2];
    all[0] = "run.turns=1000";
    all[1] = "learner.learningRate=0.5";
    System.arraycopy(changes, 0, all, 2, changes.length);
    return Schedule.of(TestSettings.with(all));
  }
}
