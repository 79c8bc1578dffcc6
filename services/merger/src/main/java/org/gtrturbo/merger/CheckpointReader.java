package org.gtrturbo.merger;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.merging.WeightVectors;
import org.gtrturbo.platform.blobs.CorruptBlobException;
import org.gtrturbo.platform.blobs.MissingBlobException;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.PolicySpec;

/** Reads the weights that checkpoint events point at, and says which cannot enter a teacher. */
final class CheckpointReader {
  private final WeightBlobs weights;

  CheckpointReader(WeightBlobs weights) {
    this.weights = weights;
  }

  /** A checkpoint's weights, or why there are none. */
  sealed interface Reading {
    record Usable(PolicyWeights weights) implements Reading {}

    record Unusable(String reason) implements Reading {}
  }

  /**
   * All weights of a checkpoint, each a finite number.
   *
   * @param teacher the policy that they must fit, where there is one
   * @throws java.io.UncheckedIOException if the blob store itself cannot be read
   */
  Reading read(Checkpoint checkpoint, Optional<PolicySpec> teacher) {
    PolicyWeights read;
    try {
      read = weights.load(checkpoint);
    } catch (MissingBlobException
        | CorruptBlobException
        | IllegalArgumentException
        | ArithmeticException e) {
      return unusable(checkpoint, "cannot be read: " + e.getMessage());
    }
    if (teacher.isPresent() && !teacher.get().equals(read.spec())) {
      return unusable(
          checkpoint,
          "is of another policy than the teacher; a run keeps one architecture and vocabulary");
    }
    return strangeTensor(checkpoint.getTensors(), read.parameters().layout())
        .or(() -> notFinite(read))
        .map(reason -> unusable(checkpoint, reason))
        .orElseGet(() -> new Reading.Usable(read));
  }

  private static Optional<String> strangeTensor(List<TensorRef> tensors, ParameterLayout layout) {
    Map<String, List<Long>> shapes = new HashMap<>();
    layout
        .slots()
        .forEach(slot -> shapes.put(slot.name(), Arrays.stream(slot.shape()).boxed().toList()));
    Set<String> adapters = new HashSet<>();
    for (TensorRef tensor : tensors) {
      if (isAdapter(tensor.getName(), layout) && adapters.add(tensor.getName())) {
        // Its shape was held to its matrix's when it was added to it.
        continue;
      }
      List<Long> shape = shapes.remove(tensor.getName());
      if (shape == null) {
        return Optional.of(
            "has a tensor " + tensor.getName() + " that its policy lacks, or has it twice");
      }
      if (!shape.equals(tensor.getShape())) {
        return Optional.of(
            "has tensor "
                + tensor.getName()
                + " of shape "
                + tensor.getShape()
                + ", the teacher's is "
                + shape);
      }
    }
    return Optional.empty();
  }

  private static boolean isAdapter(String tensor, ParameterLayout layout) {
    return tensor.equals(Lora.SCALE)
        || Lora.adapted(tensor)
            .filter(matrix -> layout.slots().stream().anyMatch(slot -> slot.name().equals(matrix)))
            .isPresent();
  }

  private static Optional<String> notFinite(PolicyWeights read) {
    for (ParameterLayout.Slot slot : read.parameters().layout().slots()) {
      var values = read.parameters().slice(slot);
      OptionalLong index = WeightVectors.firstNotFinite(values);
      if (index.isPresent()) {
        return Optional.of(
            "has a value that is no finite number in tensor "
                + slot.name()
                + " at element "
                + index.getAsLong());
      }
    }
    return Optional.empty();
  }

  private static Reading unusable(Checkpoint checkpoint, String reason) {
    return new Reading.Unusable("checkpoint " + checkpoint.getVersion() + " " + reason);
  }
}
