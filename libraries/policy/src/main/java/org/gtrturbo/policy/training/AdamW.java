package org.gtrturbo.policy.training;

import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * AdamW with global-norm clipping (Loshchilov and Hutter, "Decoupled weight decay regularization",
 * algorithm 2), over one flat vector.
 *
 * @param maxGradientNorm gradients longer than this are scaled down to it
 */
public record AdamW(
    double beta1, double beta2, double epsilon, double weightDecay, double maxGradientNorm) {

  public AdamW {
    requireBelowOne("beta1", beta1);
    requireBelowOne("beta2", beta2);
    if (!(epsilon > 0) || !(maxGradientNorm > 0) || !(weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "epsilon and max gradient norm must be positive and weight decay not negative, got "
              + epsilon
              + ", "
              + maxGradientNorm
              + " and "
              + weightDecay);
    }
  }

  private static void requireBelowOne(String name, double beta) {
    if (!(beta >= 0 && beta < 1)) {
      throw new IllegalArgumentException(name + " must be in [0, 1), got " + beta);
    }
  }

  /** Flat vectors after a step, and the gradient's norm before clipping. */
  record Step(Value parameters, Value firstMoment, Value secondMoment, Value gradientNorm) {}

  /**
   * Adds one step to {@code graph}.
   *
   * @param number of this step, from 1, float of rank 0
   */
  Step step(Graph graph, Step before, Value gradient, Value learningRate, Value number) {
    Operators op = graph.operators();
    Value norm = norm(op, gradient);
    Value shrink =
        op.minimum(graph.scalar(1), op.divide(graph.scalar(maxGradientNorm), op.add(norm, 1e-6)));
    Value clipped = op.multiply(gradient, shrink);
    Value first = op.add(op.multiply(before.firstMoment(), beta1), op.multiply(clipped, 1 - beta1));
    Value second =
        op.add(
            op.multiply(before.secondMoment(), beta2), op.multiply(op.square(clipped), 1 - beta2));
    Value firstBias = op.subtract(graph.scalar(1), op.power(graph.scalar(beta1), number));
    Value secondBias = op.subtract(graph.scalar(1), op.power(graph.scalar(beta2), number));
    // lr · (m / b1) / (√(v / b2) + ε) with the scalars taken together, to pass over the vectors
    // less often.
    Value deviation = op.add(op.divide(op.sqrt(second), op.sqrt(secondBias)), epsilon);
    Value move = op.divide(op.multiply(first, op.divide(learningRate, firstBias)), deviation);
    Value kept =
        weightDecay == 0
            ? before.parameters()
            : op.multiply(
                before.parameters(),
                op.subtract(graph.scalar(1), op.multiply(learningRate, weightDecay)));
    return new Step(op.subtract(kept, move), first, second, norm);
  }

  /** In two levels, because a long float sum loses precision (onnxruntime sums plainly on CPU). */
  private static Value norm(Operators op, Value gradient) {
    Value rows = op.reshape(op.square(gradient), -1, ParameterLayout.ROW);
    return op.sqrt(op.sum(op.reduceSum(rows, false, 1)));
  }
}
