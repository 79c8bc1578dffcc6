package org.gtrturbo.policy.training;

import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/** Pieces of losses over tokens. */
final class TokenLosses {
  private TokenLosses() {}

  /** Of each token its log-probability: (N, G, V) and int64 (N, G) to (N, G). */
  static Value logProbs(Operators op, Value distributions, Value tokens) {
    return op.squeeze(op.gatherElements(distributions, op.unsqueeze(tokens, -1)), -1);
  }

  /** Σ value · weight / max(Σ weight, 1e-6), rank 0. */
  static Value weightedMean(Operators op, Value values, Value weights) {
    Value total = op.maximum(op.sum(weights), op.graph().scalar(1e-6));
    return op.divide(op.sum(op.multiply(values, weights)), total);
  }

  /** Σ over words of p log p, negated: (N, G, V) log-probabilities to (N, G) nats. */
  static Value entropy(Operators op, Value distributions) {
    return op.negate(op.reduceSum(op.multiply(op.exp(distributions), distributions), false, -1));
  }
}
