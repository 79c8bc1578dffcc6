package org.gtrturbo.merger;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.CorruptBlobException;
import org.gtrturbo.platform.blobs.MissingBlobException;
import org.gtrturbo.platform.blobs.TensorBlobs;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.PolicySpec;

/**
 * Reads through the weights that checkpoint events point at, run by run, and says which cannot
 * enter a teacher.
 */
final class CheckpointReader {
  private final Policies policies;
  private final BlobStore blobs;

  CheckpointReader(Policies policies, BlobStore blobs) {
    this.policies = policies;
    this.blobs = blobs;
  }

  /** Whether a checkpoint's weights can be merged. */
  sealed interface Reading {
    record Usable(Policies.Policy policy, StoredWeights weights) implements Reading {}

    /** Its weights can be read and are not fit to be merged. */
    record Unfit(String reason) implements Reading {}

    record Unreadable(String reason) implements Reading {}
  }

  /**
   * Whether all of a checkpoint's weights are there, of the right shapes, and finite numbers.
   *
   * @param teacher the policy that they must fit, where there is one
   * @throws java.io.UncheckedIOException if the blob store itself cannot be read
   */
  Reading read(Checkpoint checkpoint, Optional<PolicySpec> teacher) {
    try {
      Policies.Policy policy = policies.of(checkpoint.getPolicy());
      if (teacher.isPresent() && !teacher.get().equals(policy.spec())) {
        return unreadable(
            checkpoint,
            "is of another policy than the teacher; a run keeps one architecture and vocabulary");
      }
      Optional<String> strange = strangeTensor(checkpoint.getTensors(), policy.layout());
      if (strange.isPresent()) {
        return unreadable(checkpoint, strange.get());
      }
      var weights = new StoredWeights(blobs, checkpoint.getTensors());
      return notFinite(policy.plan(), weights)
          .<Reading>map(reason -> new Reading.Unfit(named(checkpoint, reason)))
          .orElseGet(() -> new Reading.Usable(policy, weights));
    } catch (MissingBlobException
        | CorruptBlobException
        | IllegalArgumentException
        | ArithmeticException e) {
      return unreadable(checkpoint, "cannot be read: " + e.getMessage());
    }
  }

  private static Optional<String> strangeTensor(List<TensorRef> tensors, ParameterLayout layout) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    layout
        .slots()
        .forEach(slot -> shapes.put(slot.name(), Arrays.stream(slot.shape()).boxed().toList()));
    Set<String> named = new HashSet<>();
    tensors.forEach(tensor -> named.add(tensor.getName()));
    Optional<String> missing =
        shapes.keySet().stream().filter(name -> !named.contains(name)).findFirst();
    if (missing.isPresent()) {
      return missing.map(
          name -> "cannot be read: the manifest has no tensor " + name + " that its policy needs");
    }
    Set<String> adapters = new HashSet<>();
    for (TensorRef tensor : tensors) {
      var _ = TensorBlobs.requireWhole(tensor);
      if (isAdapter(tensor.getName(), layout) && adapters.add(tensor.getName())) {
        // Its shape is held to its matrix's when it is added to it.
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

  private static Optional<String> notFinite(ShardPlan plan, StoredWeights weights) {
    Stream<ShardPlan.Run> runs = plan.shards().stream().flatMap(shard -> shard.runs().stream());
    return runs.parallel()
        .map(run -> notFinite(run, weights))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> notFinite(ShardPlan.Run run, StoredWeights weights) {
    OptionalLong index = FloatRuns.firstNotFinite(weights.run(run));
    return index.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "has a value that is no finite number in tensor "
                + run.slot().name()
                + " at element "
                + (run.first() + index.getAsLong()));
  }

  private static Reading unreadable(Checkpoint checkpoint, String reason) {
    return new Reading.Unreadable(named(checkpoint, reason));
  }

  private static String named(Checkpoint checkpoint, String reason) {
    return "checkpoint " + checkpoint.getVersion() + " " + reason;
  }
}
