package org.gtrturbo.policy.training;

import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/** Decoupled weight decay: {@code (1 − lr · decay) θ}. */
final class WeightDecay {
  private WeightDecay() {}

  static Value of(Graph graph, Value parameters, Optimizer.Stride stride) {
    if (stride.weightDecay() == 0) {
      return parameters;
    }
    Operators op = graph.operators();
    Value kept =
        op.subtract(graph.scalar(1), op.multiply(stride.learningRate(), stride.weightDecay()));
    return op.multiply(parameters, kept);
  }
}
