package org.gtrturbo.agents;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.TensorBlobs;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;

/** Policies in a blob store, as checkpoint and teacher events point at them. */
public final class WeightBlobs {
  private final BlobStore store;
  private final TensorBlobs tensors;

  public WeightBlobs(BlobStore store) {
    this.store = store;
    this.tensors = new TensorBlobs(store);
  }

  public BlobRef storeSpec(PolicySpec spec) {
    return store.put(ByteBuffer.wrap(PolicyFile.json(spec).getBytes(StandardCharsets.UTF_8)));
  }

  public PolicySpec loadSpec(BlobRef policy) {
    return PolicyFile.spec(StandardCharsets.UTF_8.decode(store.get(policy)).toString());
  }

  /** One tensor per parameter, under its name. */
  public List<TensorRef> storeParameters(Parameters parameters) {
    // Side by side, because a store waits for its disk at every blob.
    return parameters.layout().slots().parallelStream()
        .map(slot -> tensors.write(slot.name(), slot.shape(), parameters.slice(slot)))
        .toList();
  }

  /** A vector that follows the parameters' layout as one flat tensor. */
  public TensorRef storeVector(String name, Parameters vector) {
    return tensors.write(name, new long[] {vector.layout().size()}, vector.values());
  }

  public Parameters loadVector(TensorRef vector, ParameterLayout layout) {
    Parameters loaded = Parameters.zeros(layout);
    tensors.read(vector, loaded.values());
    return loaded;
  }

  public PolicyWeights load(Checkpoint checkpoint) {
    return load(checkpoint.getPolicy(), checkpoint.getTensors());
  }

  public PolicyWeights load(Teacher teacher) {
    return load(teacher.getPolicy(), teacher.getTensors());
  }

  /**
   * @throws IllegalArgumentException if the tensors are not those that the policy has
   */
  public PolicyWeights load(BlobRef policy, List<TensorRef> stored) {
    PolicySpec spec = loadSpec(policy);
    Map<String, TensorRef> byName = new HashMap<>();
    stored.forEach(tensor -> byName.put(tensor.getName(), tensor));
    Parameters parameters = Parameters.zeros(PolicyNetwork.layout(spec));
    for (ParameterLayout.Slot slot : parameters.layout().slots()) {
      TensorRef tensor =
          Optional.ofNullable(byName.get(slot.name()))
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "the manifest has no tensor " + slot.name() + " that its policy needs"));
      tensors.read(tensor, parameters.slice(slot));
    }
    return new PolicyWeights(spec, parameters);
  }
}
