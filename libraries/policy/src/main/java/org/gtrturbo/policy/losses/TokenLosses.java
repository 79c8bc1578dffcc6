package org.gtrturbo.policy.losses;

import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/** Losses, and pieces of losses, over tokens. */
public final class TokenLosses {
  /**
   * Where a minibatch is cut into micro-batches, what stands for the sum of weights of one of them:
   * found by this scope, so that every loss is normalised alike without asking for it.
   */
  public static final ScopedValue<Totals> TOTALS = ScopedValue.newInstance();

  /** Sums of weights over a whole minibatch. */
  public interface Totals {
    /** The mean over the micro-batches of the sum of {@code weights} of each, rank 0. */
    Value of(Operators op, Value weights);
  }

  private TokenLosses() {}

  /** Of each token its log-probability: (N, G, V) and int64 (N, G) to (N, G). */
  public static Value logProbs(Operators op, Value distributions, Value tokens) {
    return op.squeeze(op.gatherElements(distributions, op.unsqueeze(tokens, -1)), -1);
  }

  /**
   * Σ value · weight / max(Σ weight, 1e-6), rank 0. In a micro-batch the sum of weights is that of
   * the whole minibatch over the number of micro-batches, so that the mean over them is the
   * minibatch's weighted mean, however the weights are spread.
   */
  public static Value weightedMean(Operators op, Value values, Value weights) {
    Value sum = TOTALS.isBound() ? TOTALS.get().of(op, weights) : op.sum(weights);
    Value total = op.maximum(sum, op.graph().scalar(1e-6));
    return op.divide(op.sum(op.multiply(values, weights)), total);
  }

  /** H = −Σ over words of p log p: (N, G, V) log-probabilities to (N, G) nats. */
  public static Value entropy(Operators op, Value distributions) {
    return op.negate(op.reduceSum(op.multiply(op.exp(distributions), distributions), false, -1));
  }

  /**
   * The supervised loss −Σ mask · log π(token | tokens before) / Σ mask, rank 0: L_SFT of GTR-Turbo
   * where the mask holds the tokens of thoughts.
   *
   * @param logits (N, G, V)
   * @param tokens int64 (N, G)
   * @param mask 1 at the tokens that are learned, (N, G)
   */
  public static Value crossEntropy(Operators op, Value logits, Value tokens, Value mask) {
    return op.negate(weightedMean(op, logProbs(op, op.logSoftmax(logits), tokens), mask));
  }
}
