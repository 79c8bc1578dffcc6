package org.gtrturbo.policy.losses;

import java.util.Optional;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * PPO's clipped surrogate over tokens or whole turns (Schulman et al., arXiv 1707.06347, eq. 7),
 * plain or decoupled (Hilton et al., arXiv 2110.00641, eq. 4).
 *
 * <pre>
 * S(r, A) = min(r A, clip(r, 1−ε, 1+ε) A),      only the clipped term where r is above ratioLimit
 *
 * per token:  L = −Σ w i S(r, A) / Σ w           r = π / ρ,                        i = min(cap, ρ / μ)
 * per step:   L = −mean i S(r, A)                r = exp clamp(Σ w (log π − log ρ), ±5), i likewise of ρ and μ
 *
 *     w = λ on thought tokens, 1 on action tokens (RL4VLM, arXiv 2405.10292, eq. 4.2)
 *     μ   the behaviour policy, which played
 *     ρ   the proximal policy, which clipping keeps π near: μ itself and so i = 1 in plain PPO,
 *         the policy at the start of the update in decoupled PPO
 * </pre>
 *
 * @param clip ε
 * @param thoughtWeight λ
 * @param ratioLimit RL4VLM takes 10; infinite where there is none. Bounds what one turn of a
 *     negative advantage can do, as the dual clip of Ye et al. (arXiv 1912.09729) does.
 * @param decoupling present in decoupled PPO
 */
public record Surrogate(
    Ratio ratio,
    double clip,
    double thoughtWeight,
    double ratioLimit,
    Optional<Decoupling> decoupling) {
  private static final double LARGEST_LOG_RATIO = 5;

  public Surrogate {
    if (!(clip > 0 && clip < 1)) {
      throw new IllegalArgumentException("clip must be in (0, 1), got " + clip);
    }
    if (!(thoughtWeight >= 0)) {
      throw new IllegalArgumentException(
          "thought weight must not be negative, got " + thoughtWeight);
    }
    if (!(ratioLimit > 1 + clip)) {
      throw new IllegalArgumentException(
          "ratio limit must be above 1 + clip, where clipping begins, got " + ratioLimit);
    }
  }

  /** Plain PPO without a ratio limit. */
  public static Surrogate plain(Ratio ratio, double clip, double thoughtWeight) {
    return new Surrogate(ratio, clip, thoughtWeight, Double.POSITIVE_INFINITY, Optional.empty());
  }

  /** What importance ratio the surrogate clips. */
  public enum Ratio {
    /** One per token. */
    TOKEN,
    /** One per turn: exp of the weighted sum of its tokens' log-ratios (RL4VLM). */
    STEP
  }

  /**
   * What decoupled PPO adds.
   *
   * @param cap of the importance weight ρ / μ; infinite where there is none
   */
  public record Decoupling(double cap) {
    public Decoupling {
      if (!(cap > 0)) {
        throw new IllegalArgumentException("the cap of importance must be above 0, got " + cap);
      }
    }
  }

  /**
   * The tokens of a minibatch, all (N, G).
   *
   * @param thought 1 where a token is of the thought, else 0
   * @param action 1 where a token is of the action, else 0
   * @param logRatio log π − log ρ, 0 at padding
   * @param logImportance log ρ − log μ, 0 at padding; empty where ρ is μ
   * @param penalty taken off the advantage of thought tokens, 0 elsewhere
   */
  public record Tokens(
      Value thought, Value action, Value logRatio, Optional<Value> logImportance, Value penalty) {}

  /**
   * L, rank 0.
   *
   * @param turnAdvantage A, (N)
   * @param penaltyOfTurn whether the penalty is the mean over a turn's thought tokens rather than
   *     each token's own; always so where the ratio is of the step
   */
  public Value loss(Operators op, Tokens tokens, Value turnAdvantage, boolean penaltyOfTurn) {
    Value weights = op.add(op.multiply(tokens.thought(), thoughtWeight), tokens.action());
    return switch (ratio) {
      case TOKEN -> {
        Value advantage =
            penaltyOfTurn
                ? op.unsqueeze(op.subtract(turnAdvantage, meanPenalty(op, tokens)), 1)
                : op.subtract(op.unsqueeze(turnAdvantage, 1), tokens.penalty());
        Value surrogate = surrogate(op, op.exp(tokens.logRatio()), advantage);
        Value weighed =
            tokens
                .logImportance()
                .map(log -> op.multiply(surrogate, importance(op, log)))
                .orElse(surrogate);
        yield op.negate(TokenLosses.weightedMean(op, weighed, weights));
      }
      case STEP -> {
        Value advantage = op.subtract(turnAdvantage, meanPenalty(op, tokens));
        Value ratio = op.exp(logOfTurn(op, tokens.logRatio(), weights));
        Value surrogate = surrogate(op, ratio, advantage);
        Value weighed =
            tokens
                .logImportance()
                .map(log -> op.multiply(surrogate, importance(op, logOfTurn(op, log, weights))))
                .orElse(surrogate);
        yield op.negate(op.mean(weighed));
      }
    };
  }

  /** The weighted sum over a turn's tokens, within bounds: (N, G) to (N). */
  private static Value logOfTurn(Operators op, Value ofTokens, Value weights) {
    Value sum = op.reduceSum(op.multiply(ofTokens, weights), false, 1);
    return op.clamp(sum, -LARGEST_LOG_RATIO, LARGEST_LOG_RATIO);
  }

  private static Value meanPenalty(Operators op, Tokens tokens) {
    Value thoughts = op.maximum(op.reduceSum(tokens.thought(), false, 1), op.graph().scalar(1));
    return op.divide(op.reduceSum(tokens.penalty(), false, 1), thoughts);
  }

  private Value importance(Operators op, Value logImportance) {
    Value weight = op.exp(logImportance);
    double cap = decoupling.map(Decoupling::cap).orElse(Double.POSITIVE_INFINITY);
    return Double.isFinite(cap) ? op.minimum(weight, op.graph().scalar(cap)) : weight;
  }

  private Value surrogate(Operators op, Value ratio, Value advantage) {
    // Where the clipped term is below the other it is clipped, and nothing flows to the ratio.
    Value limited = op.clamp(op.constantCopy(ratio), 1 - clip, 1 + clip);
    Value clipped = op.multiply(limited, advantage);
    Value whole = op.multiply(ratio, advantage);
    Value lower = op.where(op.less(clipped, whole), clipped, whole);
    return Double.isFinite(ratioLimit)
        ? op.where(op.greater(ratio, op.graph().scalar(ratioLimit)), clipped, lower)
        : lower;
  }
}
