package org.gtrturbo.benchmarks;

import java.util.Collections;
import java.util.List;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Surrogate;
import org.gtrturbo.policy.training.AdamW;
import org.gtrturbo.policy.training.PpoCoefficients;
import org.gtrturbo.policy.training.PpoSettings;

/** What training is told to do by settings, guided over the whole vocabulary. */
record TrainingWork(Settings settings) {

  PpoSettings loss(PolicySpec spec) {
    var learner = settings.learner();
    return PpoSettings.plain(
        Surrogate.Ratio.TOKEN,
        learner.clip(),
        learner.thoughtCoefficient(),
        new Guidance.Distance(
            Guidance.Placement.LOSS, new Estimator.ReverseKl(spec.vocabularySize())));
  }

  AdamW optimizer() {
    var learner = settings.learner();
    return new AdamW(
        learner.beta1(),
        learner.beta2(),
        learner.epsilon(),
        learner.weightDecay(),
        learner.maxGradientNorm());
  }

  /** The same for each of {@code steps} steps. */
  List<PpoCoefficients> coefficients(int steps) {
    var learner = settings.learner();
    return Collections.nCopies(
        steps,
        new PpoCoefficients(
            learner.learningRate(),
            1,
            learner.valueCoefficient(),
            learner.entropyCoefficient(),
            settings.guidance().coefficient()));
  }
}
