package org.gtrturbo.learner;

import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;
import org.gtrturbo.platform.settings.Settings.LearningRateSchedule;
import org.gtrturbo.policy.training.PpoCoefficients;

/**
 * What an update weighs the parts of its loss by, and how far it steps.
 *
 * <p>The learning rate rises linearly over the first updates, the first one already at a part of
 * it, and is times ½ (1 + cos(π · part of the run's turns trained before)) where the schedule is a
 * cosine. While the value head warms up, its loss alone is trained.
 */
record Schedule(LearnerSettings learner, double guidance, long runTurns) {

  static Schedule of(Settings settings) {
    return new Schedule(
        settings.learner(), settings.guidance().coefficient(), settings.run().turns());
  }

  /**
   * The same for all steps of an update.
   *
   * @param version that the update makes, from 1
   * @param turnsBefore turns trained on by the updates before
   */
  PpoCoefficients at(long version, long turnsBefore) {
    boolean valueOnly = version <= learner.valueWarmUpUpdates();
    return new PpoCoefficients(
        learningRate(version, turnsBefore),
        valueOnly ? 0 : 1,
        learner.valueCoefficient(),
        valueOnly ? 0 : learner.entropyCoefficient(),
        valueOnly ? 0 : guidance);
  }

  private double learningRate(long version, long turnsBefore) {
    double warm = Math.min(1, (double) version / Math.max(1, learner.warmUpUpdates()));
    double done = Math.min(1, (double) turnsBefore / runTurns);
    double decay =
        learner.schedule() == LearningRateSchedule.COSINE ? (1 + Math.cos(Math.PI * done)) / 2 : 1;
    return learner.learningRate() * warm * decay;
  }
}
