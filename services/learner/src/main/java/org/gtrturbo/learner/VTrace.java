package org.gtrturbo.learner;

import java.util.List;
import org.gtrturbo.learner.Advantages.Estimate;
import org.gtrturbo.learner.Advantages.Outcome;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;

/**
 * What turns that an older policy μ has played are worth to the policy π in training (Espeholt et
 * al., "IMPALA", arXiv 1802.01561, eq. 1 with the c of remark 2).
 *
 * <pre>
 * x_t     = π(turn) / μ(turn), of all its tokens
 * rho_t   = min(rhoBar, x_t),   c_t = lambda min(cBar, x_t)
 * delta_t = rho_t (scale r_t + discount V_(t+1) - V_t)           V behind the last turn is 0
 * v_t     = V_t + delta_t + discount c_t (v_(t+1) - V_(t+1))
 * A_t     = scale r_t + discount v_(t+1) - V_t  (+ format_t)
 * return_t = v_t  (+ format_t)                                   what the value head is trained on
 * </pre>
 *
 * <p>V is what π's value head says, not μ's. A carries no rho, which IMPALA's gradient has before
 * it: PPO's surrogate multiplies by the ratio itself. With π = μ and lambda = 1, v is the return of
 * the episode and A is generalised advantage estimation with lambda = 1.
 *
 * @param weights the numbers that it shares with generalised advantage estimation
 */
record VTrace(Advantages weights, double rhoBar, double cBar) implements TurnEstimator {

  static VTrace of(LearnerSettings settings) {
    var offPolicy = settings.offPolicy();
    return new VTrace(Advantages.of(settings), offPolicy.rhoBar(), offPolicy.cBar());
  }

  @Override
  public Estimate[] estimate(List<Outcome> episode) {
    Estimate[] estimates = new Estimate[episode.size()];
    double discount = weights.discount();
    double nextTarget = 0;
    double nextValue = 0;
    for (int turn = episode.size() - 1; turn >= 0; turn--) {
      Outcome outcome = episode.get(turn);
      double reward = weights.rewardScale() * outcome.reward();
      double value = outcome.value();
      double surprise = Math.min(rhoBar, outcome.ratio()) * (reward + discount * nextValue - value);
      double reach = weights.lambda() * Math.min(cBar, outcome.ratio());
      double target = value + surprise + discount * reach * (nextTarget - nextValue);
      double format = weights.format(outcome);
      double advantage = reward + discount * nextTarget - value;
      estimates[turn] = new Estimate(advantage + format, target + format);
      nextTarget = target;
      nextValue = value;
    }
    return estimates;
  }
}
