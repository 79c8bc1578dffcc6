package org.gtrturbo.policy.training;

import java.util.List;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * Stochastic gradient descent with momentum (Sutskever et al., "On the importance of initialization
 * and momentum in deep learning", in the form that common frameworks use) and decoupled weight
 * decay:
 *
 * <pre>
 * u ← μ u + g
 * θ ← (1 − lr · decay) θ − lr · u                 with momentum
 * θ ← (1 − lr · decay) θ − lr · (g + μ u)         with Nesterov's
 * </pre>
 *
 * @param momentum μ; 0 keeps no vector
 * @param maxGradientNorm gradients longer than this are scaled down to it
 */
public record Sgd(double momentum, boolean nesterov, double weightDecay, double maxGradientNorm)
    implements Optimizer {
  public static final String VELOCITY = "sgd.velocity";

  public Sgd {
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException("momentum must be in [0, 1), got " + momentum);
    }
    if (nesterov && momentum == 0) {
      throw new IllegalArgumentException("Nesterov's step needs a momentum above 0");
    }
    if (!(maxGradientNorm > 0) || !(weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "max gradient norm must be positive and weight decay not negative, got "
              + maxGradientNorm
              + " and "
              + weightDecay);
    }
  }

  @Override
  public List<String> vectors() {
    return momentum == 0 ? List.of() : List.of(VELOCITY);
  }

  @Override
  public Flat step(Graph graph, Flat before, Value gradient, Stride stride) {
    Operators op = graph.operators();
    Value kept = WeightDecay.of(graph, before.parameters(), stride);
    Value clipped = op.multiply(gradient, stride.gradientFactor());
    if (momentum == 0) {
      return new Flat(op.subtract(kept, op.multiply(clipped, stride.learningRate())), List.of());
    }
    Value velocity = op.add(op.multiply(before.kept().get(0), momentum), clipped);
    Value direction = nesterov ? op.add(clipped, op.multiply(velocity, momentum)) : velocity;
    return new Flat(
        op.subtract(kept, op.multiply(direction, stride.learningRate())), List.of(velocity));
  }
}
