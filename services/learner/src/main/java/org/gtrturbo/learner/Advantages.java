package org.gtrturbo.learner;

import java.util.List;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;

/**
 * How much better each turn of a whole episode went than its value estimate said, by generalised
 * advantage estimation (Schulman et al., arXiv 1506.02438, eq. 16).
 *
 * <pre>
 * delta_t  = scale r_t + discount V_(t+1) - V_t      V behind the last turn is 0
 * gae_t    = delta_t + discount lambda gae_(t+1)
 * format_t = scale (valid or invalid)                by whether the turn's text parsed
 * return_t = gae_t + V_t + format_t                  what the value head is trained on
 * A_t      = return_t - V_t
 * </pre>
 *
 * <p>The format reward is added behind the estimate, so that it stays with its own turn. An episode
 * that was cut off is taken for ended, as RL4VLM and GTR-Turbo do: what lay behind the cut counts
 * 0.
 */
record Advantages(
    double discount, double lambda, double rewardScale, double validFormat, double invalidFormat)
    implements TurnEstimator {
  private static final double SMALLEST_DEVIATION = 1e-5;

  static Advantages of(LearnerSettings settings) {
    return new Advantages(
        settings.discount(),
        settings.gaeLambda(),
        settings.rewardScale(),
        settings.formatReward().valid(),
        settings.formatReward().invalid());
  }

  /**
   * @param reward unscaled
   * @param value the estimate of what the turn saw, in scaled reward
   * @param ratio of the probability of the turn's tokens under the policy in training to that under
   *     the one that played
   */
  record Outcome(double reward, double value, boolean formatted, double ratio) {

    /** Of a turn that the policy in training has played. */
    Outcome(double reward, double value, boolean formatted) {
      this(reward, value, formatted, 1);
    }
  }

  /**
   * @param advantage not normalised
   * @param valueTarget return_t
   */
  record Estimate(double advantage, double valueTarget) {
    /** The estimate of a turn whose return is smaller by a penalty. */
    Estimate less(double penalty) {
      return penalty == 0 ? this : new Estimate(advantage - penalty, valueTarget - penalty);
    }
  }

  @Override
  public Estimate[] estimate(List<Outcome> episode) {
    Estimate[] estimates = new Estimate[episode.size()];
    double gae = 0;
    double nextValue = 0;
    for (int turn = episode.size() - 1; turn >= 0; turn--) {
      Outcome outcome = episode.get(turn);
      double delta = rewardScale * outcome.reward() + discount * nextValue - outcome.value();
      gae = delta + discount * lambda * gae;
      double advantage = gae + format(outcome);
      estimates[turn] = new Estimate(advantage, advantage + outcome.value());
      nextValue = outcome.value();
    }
    return estimates;
  }

  /** format_t. */
  double format(Outcome outcome) {
    return rewardScale * (outcome.formatted() ? validFormat : invalidFormat);
  }

  /**
   * The advantages of a whole batch less their mean, divided by their standard deviation (n - 1)
   * plus 1e-5.
   */
  static double[] normalised(double[] advantages) {
    double mean = 0;
    for (double advantage : advantages) {
      mean += advantage / advantages.length;
    }
    double squares = 0;
    for (double advantage : advantages) {
      squares += (advantage - mean) * (advantage - mean);
    }
    double deviation = Math.sqrt(squares / Math.max(1, advantages.length - 1));
    double[] normalised = new double[advantages.length];
    for (int turn = 0; turn < advantages.length; turn++) {
      normalised[turn] = (advantages[turn] - mean) / (deviation + SMALLEST_DEVIATION);
    }
    return normalised;
  }
}
