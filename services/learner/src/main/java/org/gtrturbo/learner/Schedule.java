package org.gtrturbo.learner;

import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;
import org.gtrturbo.platform.settings.TrainingSettings.AnnealingSettings;
import org.gtrturbo.policy.training.PpoCoefficients;

/**
 * What an update weighs the parts of its loss by, and how far it steps.
 *
 * <p>The learning rate rises linearly over the first updates, the first one already at a part of
 * it. Times that, with d the part of the run's turns trained before and t the updates made before:
 *
 * <pre>
 * constant           lr
 * linear             lr · (1 − d)
 * cosine             lr · ½ (1 + cos(π d))
 * cosine-annealing   least + (lr − least) · ½ (1 + cos(π t / T))
 * </pre>
 *
 * <p>The last is Loshchilov and Hutter's ("SGDR", arXiv 1608.03983, eq. 5) as frameworks publish it
 * and as RL4VLM and GTR use it, with t in updates: behind T the rate rises again as it fell. While
 * the value head warms up, its loss alone is trained.
 */
record Schedule(
    LearnerSettings learner, AnnealingSettings annealing, double guidance, long runTurns) {

  static Schedule of(Settings settings) {
    return new Schedule(
        settings.learner(),
        settings.training().annealing(),
        settings.guidance().coefficient(),
        settings.run().turns());
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
    double whole = learner.learningRate();
    return switch (learner.schedule()) {
      case CONSTANT -> whole * warm;
      case LINEAR -> whole * warm * (1 - done);
      case COSINE -> whole * warm * cosine(done);
      case COSINE_ANNEALING -> {
        double least = annealing.leastRate();
        double part = (double) (version - 1) / annealing.updates();
        yield warm * (least + (whole - least) * cosine(part));
      }
    };
  }

  private static double cosine(double part) {
    return (1 + Math.cos(Math.PI * part)) / 2;
  }
}
