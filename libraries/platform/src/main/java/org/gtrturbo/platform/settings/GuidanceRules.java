package org.gtrturbo.platform.settings;

import java.util.Locale;
import org.gtrturbo.platform.settings.Settings.Guidance;
import org.gtrturbo.platform.settings.Settings.GuidanceEstimator;

/** Which estimator makes sense in which place. */
final class GuidanceRules {
  private static final String ESTIMATOR = "guidance.estimator";

  private GuidanceRules() {}

  static void check(Guidance kind, GuidanceEstimator estimator, double upper) {
    boolean set = estimator != GuidanceEstimator.USUAL;
    switch (kind) {
      // What a preset or a file says of guidance may stay where it is switched off.
      case NONE -> {
        return;
      }
      case SFT ->
          refuse(
              set, estimator, "must be usual where guidance.kind is sft, which estimates nothing");
      case CLIPPED_PENALTY ->
          refuse(
              set && estimator != GuidanceEstimator.CLIP,
              estimator,
              "must be usual or clip where guidance.kind is clipped-penalty; token-penalty and"
                  + " turn-penalty take any");
      case KL_LOSS ->
          refuse(
              estimator == GuidanceEstimator.K1,
              estimator,
              "must not be k1 where guidance.kind is kl-loss: the gradient of log π − log T does"
                  + " not depend on the teacher");
      case TOKEN_PENALTY, TURN_PENALTY, RETURN_PENALTY, REWARD_PENALTY -> {}
    }
    if (upper > 0 && used(kind, estimator) != GuidanceEstimator.CLIP) {
      throw new SettingException(
          "guidance.upper",
          "must be 0 where the estimator is "
              + text(used(kind, estimator))
              + "; it bounds clip alone",
          upper);
    }
  }

  static GuidanceEstimator used(Guidance kind, GuidanceEstimator estimator) {
    boolean set = estimator != GuidanceEstimator.USUAL;
    return switch (kind) {
      case NONE, SFT -> GuidanceEstimator.USUAL;
      case KL_LOSS -> set ? estimator : GuidanceEstimator.REVERSE_KL;
      case CLIPPED_PENALTY, TOKEN_PENALTY, TURN_PENALTY, RETURN_PENALTY, REWARD_PENALTY ->
          set ? estimator : GuidanceEstimator.CLIP;
    };
  }

  private static void refuse(boolean wrong, GuidanceEstimator estimator, String rule) {
    if (wrong) {
      throw new SettingException(ESTIMATOR, rule, text(estimator));
    }
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
