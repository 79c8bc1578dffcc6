package org.gtrturbo.policy.training;

import java.util.List;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Value;

/** How a gradient moves parameters: one step as nodes of a graph, over flat vectors. */
public sealed interface Optimizer permits AdamW, Sgd {

  /**
   * Names of the vectors that are kept from step to step, each as long as the parameters and zero
   * at first; the names under which checkpoints hold them.
   */
  List<String> vectors();

  /** Gradients whose norm over all groups is longer than this are scaled down to it. */
  double maxGradientNorm();

  /** What a parameter group decays by that does not say otherwise. */
  double weightDecay();

  /**
   * Flat vectors of one parameter group.
   *
   * @param kept as {@link #vectors} names them
   */
  record Flat(Value parameters, List<Value> kept) {
    public Flat {
      kept = List.copyOf(kept);
    }
  }

  /**
   * How far one step goes.
   *
   * @param gradientFactor what the gradient counts for, float of rank 0: less than 1 where it is
   *     clipped
   * @param learningRate float of rank 0
   * @param number of the step, from 1, float of rank 0
   */
  record Stride(Value gradientFactor, Value learningRate, double weightDecay, Value number) {}

  /**
   * Adds one step to {@code graph}.
   *
   * @param gradient to be multiplied by the stride's factor
   */
  Flat step(Graph graph, Flat before, Value gradient, Stride stride);
}
