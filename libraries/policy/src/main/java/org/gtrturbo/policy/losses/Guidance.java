package org.gtrturbo.policy.losses;

/** How the teacher guides the policy's thoughts; never its actions. */
public sealed interface Guidance {

  /** Not at all. */
  record None() implements Guidance {}

  /**
   * The policy is drawn to the teacher where it is far from it. The policy's side is what the
   * learner computes of the policy that it trains, never what an actor thought of an older one.
   *
   * @param estimator of the distance D at each thought token
   */
  record Distance(Placement placement, Estimator estimator) implements Guidance {
    public Distance {
      if (placement == Placement.LOSS && estimator instanceof Estimator.K1) {
        throw new IllegalArgumentException(
            "K1 cannot be a loss: the gradient of log π − log T does not depend on the teacher;"
                + " take another estimator, or K1 as a penalty");
      }
    }
  }

  /**
   * The policy learns the thoughts that the teacher would have had: cross-entropy on their tokens
   * (GTR-Turbo's SFT variant), drawn from all recent turns (DAgger).
   */
  record Thoughts() implements Guidance {}

  /**
   * Where a distance enters. β is its coefficient, mean the mean over the turn's thought tokens.
   */
  enum Placement {
    /** r_t ← r_t − β mean D, before advantages are estimated (algorithm 2, line 11). */
    REWARD,
    /**
     * return_t ← return_t − β mean D, behind the estimate and before advantages are normalised:
     * what is taken off a turn stays with it (the equation for A').
     */
    RETURN,
    /** A_t ← A_t − β mean D, behind the normalisation, D of the policy as it is at each step. */
    TURN_ADVANTAGE,
    /** A of each thought token ← A_t − β D, else as {@link #TURN_ADVANTAGE}. */
    TOKEN_ADVANTAGE,
    /** loss ← loss + β · mean D over the thought tokens of the minibatch. */
    LOSS;

    /** Whether the optimizer steps compute it, and not what comes before them. */
    public boolean isInUpdate() {
      return switch (this) {
        case REWARD, RETURN -> false;
        case TURN_ADVANTAGE, TOKEN_ADVANTAGE, LOSS -> true;
      };
    }
  }
}
