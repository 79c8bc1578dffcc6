package org.gtrturbo.platform.settings;

import static org.gtrturbo.platform.settings.SettingRules.notNegative;
import static org.gtrturbo.platform.settings.SettingRules.positive;

/**
 * What is done about turns that another policy than the one in training has played.
 *
 * @param proximal what clipping keeps the policy near
 * @param importanceCap the most that decoupled PPO weighs a token or turn by; 0: no bound
 * @param ratioLimit above this ratio only the clipped term counts; 0: no limit
 * @param rhoBar V-trace's bound of the ratio that weighs a turn's surprise
 * @param cBar V-trace's bound of the ratio that later turns reach back through
 */
public record OffPolicySettings(
    ProximalPolicy proximal,
    double importanceCap,
    double ratioLimit,
    AdvantageEstimate advantages,
    double rhoBar,
    double cBar) {
  public OffPolicySettings {
    notNegative("learner.offPolicy.importanceCap", importanceCap);
    notNegative("learner.offPolicy.ratioLimit", ratioLimit);
    positive("learner.offPolicy.rhoBar", rhoBar);
    positive("learner.offPolicy.cBar", cBar);
    if (importanceCap > 0 && proximal == ProximalPolicy.BEHAVIOUR) {
      throw new SettingException(
          "learner.offPolicy.importanceCap",
          "must be 0 unless learner.offPolicy.proximal is start-of-update: plain PPO has no"
              + " importance weight",
          importanceCap);
    }
    if (cBar > rhoBar) {
      throw new SettingException(
          "learner.offPolicy.cBar",
          "must be at most learner.offPolicy.rhoBar (" + rhoBar + ")",
          cBar);
    }
  }

  public enum ProximalPolicy {
    /** The policy that played: PPO. */
    BEHAVIOUR,
    /** The policy as it is when the update begins: decoupled PPO. */
    START_OF_UPDATE
  }

  public enum AdvantageEstimate {
    GAE,
    V_TRACE
  }
}
