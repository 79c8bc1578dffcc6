package org.gtrturbo.learner;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;
import org.gtrturbo.platform.settings.TrainingSettings;
import org.gtrturbo.platform.settings.TrainingSettings.GroupSettings;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.AdamW;
import org.gtrturbo.policy.training.Computation;
import org.gtrturbo.policy.training.GroupRule;
import org.gtrturbo.policy.training.Optimizer;
import org.gtrturbo.policy.training.Sgd;
import org.gtrturbo.policy.training.TrainingPlan;
import org.gtrturbo.policy.training.TrainingSetup;
import org.gtrturbo.policy.training.TrainingState;

/** How a run's updates train its policy, by the run's settings. */
final class TrainingSetups {
  private TrainingSetups() {}

  /**
   * @throws IllegalArgumentException if a pattern of the settings fits no tensor of the policy, or
   *     nothing is left to train
   * @throws org.gtrturbo.policy.graph.ModelException if this device cannot compute in the precision
   *     that is set
   */
  static TrainingSetup of(Settings settings, PolicySpec spec) {
    TrainingSettings training = settings.training();
    TrainingPlan plan = plan(settings, spec);
    Computation computation =
        new Computation(
            switch (training.precision()) {
              case FLOAT32 -> Computation.Precision.FLOAT32;
              case FLOAT16 -> Computation.Precision.FLOAT16;
              case BFLOAT16 -> Computation.Precision.BFLOAT16;
            },
            new Computation.LossScaling(training.lossScale(), training.lossScaleGrowthSteps()),
            training.microBatches(),
            training.segments());
    computation.requireOn(Computing.learner(settings));
    return new TrainingSetup(plan, computation);
  }

  /**
   * What of the policy is trained, and how.
   *
   * @throws IllegalArgumentException if a pattern of the settings fits no tensor of the policy, or
   *     nothing is left to train
   */
  static TrainingPlan plan(Settings settings, PolicySpec spec) {
    TrainingSettings training = settings.training();
    List<GroupRule> rules = training.parameterGroups().stream().map(TrainingSetups::rule).toList();
    Optimizer optimizer = optimizer(settings);
    Optional<Lora> lora = lora(training.lora());
    try {
      return TrainingPlan.of(PolicyNetwork.layout(spec), optimizer, rules, lora);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("training does not fit the policy: " + e.getMessage(), e);
    }
  }

  /** The state before the first update of a run that starts from {@code parameters}. */
  static TrainingState start(Settings settings, TrainingSetup setup, Parameters parameters) {
    // The first index is the policy's own weights.
    var draws = new Draws(settings.run().seed(), Draws.Purpose.WEIGHTS);
    return setup.start(parameters, draws.seedAt(1, 0));
  }

  private static Optimizer optimizer(Settings settings) {
    LearnerSettings learner = settings.learner();
    TrainingSettings training = settings.training();
    return switch (training.optimizer()) {
      case ADAMW ->
          new AdamW(
              learner.beta1(),
              learner.beta2(),
              learner.epsilon(),
              learner.weightDecay(),
              learner.maxGradientNorm());
      case SGD ->
          new Sgd(
              training.momentum(),
              training.nesterov(),
              learner.weightDecay(),
              learner.maxGradientNorm());
    };
  }

  private static GroupRule rule(GroupSettings group) {
    return new GroupRule(
        group.pattern(),
        group.rate(),
        group.decay().map(OptionalDouble::of).orElseGet(OptionalDouble::empty),
        group.frozen());
  }

  private static Optional<Lora> lora(TrainingSettings.LoraSettings lora) {
    return lora.targets()
        .map(_ -> new Lora(lora.targetPatterns(), lora.wholePatterns(), lora.rank(), lora.alpha()));
  }
}
