package org.gtrturbo.policy.training;

import java.util.Optional;
import org.gtrturbo.policy.graph.DataType;

/**
 * How a step's gradient is computed; what is computed is the same.
 *
 * @param microBatches into how many parts a minibatch is cut, whose gradients are added up; the
 *     memory is that of one part
 * @param segments into how many parts the forward pass is cut whose inner values are computed again
 *     for the gradient instead of being kept; 1 keeps them all
 */
public record Computation(
    Precision precision, LossScaling lossScaling, int microBatches, int segments) {
  /** In float32, at once, everything kept. */
  public static final Computation PLAIN =
      new Computation(Precision.FLOAT32, new LossScaling(65536, 2000), 1, 1);

  /** What matrices are multiplied in; all else and the parameters themselves are float32. */
  public enum Precision {
    FLOAT32,
    FLOAT16,
    BFLOAT16;

    DataType type() {
      return switch (this) {
        case FLOAT32 -> DataType.FLOAT;
        case FLOAT16 -> DataType.FLOAT16;
        case BFLOAT16 -> DataType.BFLOAT16;
      };
    }
  }

  /**
   * How the loss is scaled in FLOAT16 (Micikevicius et al., "Mixed precision training", arXiv
   * 1710.03740, section 3.2): halved when a gradient overflows, and that step is not taken; doubled
   * after so many steps without.
   *
   * @param growthSteps 0 never doubles it
   */
  public record LossScaling(double initial, int growthSteps) {
    public LossScaling {
      if (!(initial >= 1) || growthSteps < 0) {
        throw new IllegalArgumentException(
            "a loss scale must start at 1 or more and grow after 0 steps or more, got "
                + initial
                + " and "
                + growthSteps);
      }
    }
  }

  public Computation {
    if (microBatches < 1 || segments < 1) {
      throw new IllegalArgumentException(
          "there must be at least 1 micro-batch and 1 segment, got "
              + microBatches
              + " and "
              + segments);
    }
  }

  boolean scalesLoss() {
    return precision == Precision.FLOAT16;
  }

  Optional<LossScale> startingLossScale() {
    return scalesLoss()
        ? Optional.of(new LossScale(lossScaling.initial(), 0, 0))
        : Optional.empty();
  }
}
