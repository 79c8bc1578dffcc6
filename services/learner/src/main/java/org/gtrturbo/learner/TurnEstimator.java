package org.gtrturbo.learner;

import java.util.List;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;

/** How much better each turn of a whole episode went than was to be expected. */
sealed interface TurnEstimator permits Advantages, VTrace {

  static TurnEstimator of(LearnerSettings settings) {
    return switch (settings.offPolicy().advantages()) {
      case GAE -> Advantages.of(settings);
      case V_TRACE -> VTrace.of(settings);
    };
  }

  /** One estimate for each turn of a whole episode, in order. */
  Advantages.Estimate[] estimate(List<Advantages.Outcome> episode);
}
