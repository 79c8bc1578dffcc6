package org.gtrturbo.policy.training;

import java.util.List;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", algorithm 2):
 *
 * <pre>
 * m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
 * θ ← (1 − lr · decay) θ − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 * </pre>
 *
 * @param maxGradientNorm gradients longer than this are scaled down to it
 */
public record AdamW(
    double beta1, double beta2, double epsilon, double weightDecay, double maxGradientNorm)
    implements Optimizer {
  public static final String FIRST_MOMENT = "adamw.first-moment";
  public static final String SECOND_MOMENT = "adamw.second-moment";

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

  @Override
  public List<String> vectors() {
    return List.of(FIRST_MOMENT, SECOND_MOMENT);
  }

  @Override
  public Flat step(Graph graph, Flat before, Value gradient, Stride stride) {
    Operators op = graph.operators();
    Value share = op.multiply(stride.gradientFactor(), 1 - beta1);
    Value first = op.add(op.multiply(before.kept().get(0), beta1), op.multiply(gradient, share));
    Value root = op.multiply(stride.gradientFactor(), Math.sqrt(1 - beta2));
    Value second =
        op.add(op.multiply(before.kept().get(1), beta2), op.square(op.multiply(gradient, root)));
    Value firstBias = op.subtract(graph.scalar(1), op.power(graph.scalar(beta1), stride.number()));
    Value secondBias = op.subtract(graph.scalar(1), op.power(graph.scalar(beta2), stride.number()));
    // lr · (m / b1) / (√(v / b2) + ε), and the factors of g above, with the scalars taken together,
    // to pass over the vectors less often.
    Value rootBias = op.sqrt(secondBias);
    Value rate = op.divide(op.multiply(stride.learningRate(), rootBias), firstBias);
    Value deviation = op.add(op.sqrt(second), op.multiply(rootBias, epsilon));
    Value move = op.divide(op.multiply(first, rate), deviation);
    Value kept = WeightDecay.of(graph, before.parameters(), stride);
    return new Flat(op.subtract(kept, move), List.of(first, second));
  }
}
