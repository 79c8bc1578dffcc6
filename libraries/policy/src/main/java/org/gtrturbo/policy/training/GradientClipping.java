package org.gtrturbo.policy.training;

import java.util.List;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * Clipping by the global norm (Pascanu et al., "On the difficulty of training recurrent neural
 * networks"): {@code g · min(1, most / (‖g‖ + 1e-6))}, the norm being that of all groups together.
 */
final class GradientClipping {
  private GradientClipping() {}

  /** The Euclidean norm over all gradients, rank 0. */
  static Value norm(Operators op, List<Value> gradients) {
    return op.sqrt(
        gradients.stream()
            .map(gradient -> squares(op, gradient))
            .reduce(op::add)
            .orElseThrow(() -> new IllegalArgumentException("there are no gradients")));
  }

  /** In two levels, because a long float sum loses precision (onnxruntime sums plainly on CPU). */
  private static Value squares(Operators op, Value gradient) {
    Value rows = op.reshape(op.square(gradient), -1, ParameterLayout.ROW);
    return op.sum(op.reduceSum(rows, false, 1));
  }

  /** What gradients of this norm are multiplied by, rank 0. */
  static Value factor(Graph graph, Value norm, double most) {
    Operators op = graph.operators();
    return op.minimum(graph.scalar(1), op.divide(graph.scalar(most), op.add(norm, 1e-6)));
  }
}
