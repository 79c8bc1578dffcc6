package org.gtrturbo.policy.training;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.device.DeviceException;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.ModelException;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Value;

/**
 * How a step's gradient is computed; what is computed is the same.
 *
 * @param microBatches into how many parts a minibatch is cut, whose gradients are added up; the
 *     memory is that of one part. At 1 trainers cut it as the processor's cache and threads ask for
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

  /**
   * Multiplies two small matrices in the precision, so that a run learns at its start that a device
   * cannot.
   *
   * @throws ModelException if ONNX Runtime lacks an operator for the precision on this device; the
   *     message names it
   */
  public void requireOn(Compute compute) {
    if (precision == Precision.FLOAT32) {
      return;
    }
    Graph graph = new Graph(DataType.FLOAT);
    Value matrix = graph.input("matrix", DataType.FLOAT, 2, 2);
    graph.multiplyIn(precision.type());
    graph.output("product", graph.operators().matMul(matrix, matrix));
    byte[] model = OnnxModel.write(graph, "precision", Map.of());
    understood(() -> OnnxSession.open(model, compute)).close();
  }

  /**
   * A model that computes so.
   *
   * @param isSmall whether all values of a step together take so little that its operators are over
   *     at once
   */
  TrainingRuntime.CarryingModel open(
      byte[] model,
      SequencedMap<String, String> carried,
      TrainingRuntime runtime,
      boolean isSmall) {
    return understood(
        () ->
            runtime.open(
                model,
                carried,
                compute -> isSmall ? leaving(compute).ofSmallModel() : leaving(compute)));
  }

  /** Models that compute so with several workers. */
  TrainingRuntime.CarryingModel open(SharedSteps.Models models, HostRuntime runtime) {
    return understood(() -> runtime.open(models, this::leaving));
  }

  private Compute leaving(Compute compute) {
    return compute.leaving(segments == 1 ? List.of() : Gradients.REWRITINGS_OF_VALUES_READ_ONCE);
  }

  private <T> T understood(Supplier<T> opening) {
    try {
      return opening.get();
    } catch (ModelException | DeviceException refused) {
      if (precision == Precision.FLOAT32) {
        throw refused;
      }
      Throwable reason = refused.getCause() == null ? refused : refused.getCause();
      throw new ModelException(
          "this device cannot train in "
              + precision
              + ", because ONNX Runtime lacks an operator for it: "
              + reason.getMessage()
              + "; train in FLOAT32, or on a device that has it",
          refused);
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
