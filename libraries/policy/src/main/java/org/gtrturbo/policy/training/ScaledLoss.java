package org.gtrturbo.policy.training;

import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/**
 * The loss scale within a training graph: a vector of three, what the loss is multiplied by, the
 * steps since that changed, and the steps that were skipped in this call.
 */
final class ScaledLoss {
  static final int NUMBERS = 3;
  static final String SCALE = "lossScale";
  static final String SKIPPED = "skippedSteps";

  private static final double SMALLEST = 1;
  private static final double LARGEST = 1 << 24;
  // Nothing above is a finite float, and no comparison with NaN holds.
  private static final double LARGEST_FLOAT = Float.MAX_VALUE;

  private final Graph graph;
  private final Operators op;
  private final Value scale;
  private final Value cleanSteps;
  private final Value skipped;

  ScaledLoss(Graph graph, Value numbers) {
    this.graph = graph;
    this.op = graph.operators();
    this.scale = op.squeeze(op.slice(numbers, 0, 0, 1), 0);
    this.cleanSteps = op.squeeze(op.slice(numbers, 0, 1, 2), 0);
    this.skipped = op.squeeze(op.slice(numbers, 0, 2, 3), 0);
  }

  /** Rank 0. */
  Value scale() {
    return scale;
  }

  /** Of the steps of this call before this one, how many were skipped: float of rank 0. */
  Value skipped() {
    return skipped;
  }

  /** Whether no gradient has overflowed: BOOL of rank 0. */
  Value isFinite(Value norm) {
    return op.less(norm, graph.scalar(LARGEST_FLOAT));
  }

  /** The numbers for the next step. */
  Value next(Value isFinite, int growthSteps) {
    Value one = graph.scalar(1);
    Value clean = op.add(cleanSteps, one);
    Value grows =
        growthSteps == 0 ? op.less(one, one) : op.less(graph.scalar(growthSteps - 0.5), clean);
    Value grown = op.minimum(op.multiply(scale, 2), graph.scalar(LARGEST));
    Value shrunk = op.maximum(op.multiply(scale, 0.5), graph.scalar(SMALLEST));
    Value nextScale = op.where(isFinite, op.where(grows, grown, scale), shrunk);
    Value zero = graph.scalar(0);
    Value nextClean = op.where(isFinite, op.where(grows, zero, clean), zero);
    Value nextSkipped = op.where(isFinite, skipped, op.add(skipped, one));
    return op.concat(
        0, op.reshape(nextScale, 1), op.reshape(nextClean, 1), op.reshape(nextSkipped, 1));
  }
}
