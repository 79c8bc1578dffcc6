package org.gtrturbo.learner;

import java.util.Optional;
import org.gtrturbo.agents.TeacherScoring;
import org.gtrturbo.platform.settings.OffPolicySettings.ProximalPolicy;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.GuidanceSettings;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Guidance.Placement;
import org.gtrturbo.policy.losses.Surrogate;
import org.gtrturbo.policy.losses.ValueLoss;
import org.gtrturbo.policy.training.PpoSettings;

/** The losses that settings ask for; docs/losses.md lists them. */
final class Losses {
  private Losses() {}

  /**
   * @throws IllegalArgumentException if turns cannot carry what the guidance looks at
   */
  static PpoSettings of(Settings settings, PolicySpec spec) {
    LearnerSettings learner = settings.learner();
    return new PpoSettings(
        surrogate(learner),
        new ValueLoss(
            learner.valueClip() > 0 ? Optional.of(learner.valueClip()) : Optional.empty()),
        settings.actor().temperature(),
        guidance(settings, spec));
  }

  private static Surrogate surrogate(LearnerSettings learner) {
    var offPolicy = learner.offPolicy();
    return new Surrogate(
        switch (learner.ratio()) {
          case TOKEN -> Surrogate.Ratio.TOKEN;
          case STEP -> Surrogate.Ratio.STEP;
        },
        learner.clip(),
        learner.thoughtCoefficient(),
        boundOrNone(offPolicy.ratioLimit()),
        offPolicy.proximal() == ProximalPolicy.START_OF_UPDATE
            ? Optional.of(new Surrogate.Decoupling(boundOrNone(offPolicy.importanceCap())))
            : Optional.empty());
  }

  static Guidance guidance(Settings settings, PolicySpec spec) {
    GuidanceSettings guidance = settings.guidance();
    return switch (guidance.kind()) {
      case NONE -> new Guidance.None();
      case SFT -> new Guidance.Thoughts();
      case KL_LOSS -> distance(Placement.LOSS, guidance, spec);
      case CLIPPED_PENALTY ->
          distance(
              switch (settings.learner().ratio()) {
                case TOKEN -> Placement.TOKEN_ADVANTAGE;
                case STEP -> Placement.TURN_ADVANTAGE;
              },
              guidance,
              spec);
      case TOKEN_PENALTY -> distance(Placement.TOKEN_ADVANTAGE, guidance, spec);
      case TURN_PENALTY -> distance(Placement.TURN_ADVANTAGE, guidance, spec);
      case RETURN_PENALTY -> distance(Placement.RETURN, guidance, spec);
      case REWARD_PENALTY -> distance(Placement.REWARD, guidance, spec);
    };
  }

  private static Guidance distance(
      Placement placement, GuidanceSettings guidance, PolicySpec spec) {
    int words = spec.vocabularySize();
    TeacherScoring.requireNames(guidance, words);
    // A top k of 0, or of more words than there are, is the whole vocabulary.
    int topK = guidance.topK() == 0 ? words : Math.min(guidance.topK(), words);
    return new Guidance.Distance(
        placement,
        switch (guidance.estimatorUsed()) {
          case CLIP -> new Estimator.Clip(boundOrNone(guidance.upper()));
          case K1 -> new Estimator.K1();
          case ABS -> new Estimator.Abs();
          case K3 -> new Estimator.K3();
          case REVERSE_KL -> new Estimator.ReverseKl(topK);
          case FORWARD_KL -> new Estimator.ForwardKl(topK);
          case USUAL ->
              throw new IllegalStateException(
                  "guidance.kind " + guidance.kind() + " has no usual estimator");
        });
  }

  /** Settings write 0 where there is no bound. */
  private static double boundOrNone(double bound) {
    return bound > 0 ? bound : Double.POSITIVE_INFINITY;
  }
}
