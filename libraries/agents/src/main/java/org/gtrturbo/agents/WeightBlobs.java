package org.gtrturbo.agents;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.TensorBlobs;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.WeightTensor;

/** Policies in a blob store, as checkpoint and teacher events point at them. */
public final class WeightBlobs {
  private final BlobStore store;
  private final TensorBlobs tensors;
  private final AtomicReference<Map<TensorRef, WeightTensor>> readBefore =
      new AtomicReference<>(Map.of());

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

  /** Tensors under their names, in their order. */
  public List<TensorRef> storeTensors(List<WeightTensor> weights) {
    return weights.parallelStream()
        .map(tensor -> tensors.write(tensor.name(), tensor.shape(), tensor.values()))
        .toList();
  }

  /** Tensors as they are stored. */
  public List<WeightTensor> tensors(List<TensorRef> stored) {
    return stored.stream().map(this::tensor).toList();
  }

  private WeightTensor tensor(TensorRef stored) {
    long[] shape = stored.getShape().stream().mapToLong(Long::longValue).toArray();
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    MemorySegment values = Arena.ofAuto().allocate(Math.multiplyExact(elements, 4L), 64);
    tensors.read(stored, values);
    return new WeightTensor(stored.getName(), shape, values);
  }

  public PolicyWeights load(Checkpoint checkpoint) {
    return load(checkpoint.getPolicy(), checkpoint.getTensors());
  }

  public PolicyWeights load(Teacher teacher) {
    return load(teacher.getPolicy(), teacher.getTensors());
  }

  /**
   * The weights that a policy computes with: where there are low-rank adapters, they are added
   * here. The tensors that they adapt are kept and not read again while manifests name the same
   * ones.
   *
   * @throws IllegalArgumentException if the tensors are not those that the policy has
   */
  public PolicyWeights load(BlobRef policy, List<TensorRef> stored) {
    PolicySpec spec = loadSpec(policy);
    ParameterLayout layout = PolicyNetwork.layout(spec);
    if (stored.stream().anyMatch(tensor -> Lora.adapted(tensor.getName()).isPresent())) {
      return new PolicyWeights(spec, Lora.effective(layout, adapted(stored)));
    }
    Map<String, TensorRef> byName = new HashMap<>();
    stored.forEach(tensor -> byName.put(tensor.getName(), tensor));
    Parameters parameters = Parameters.zeros(layout);
    for (ParameterLayout.Slot slot : layout.slots()) {
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

  private List<WeightTensor> adapted(List<TensorRef> stored) {
    Map<TensorRef, WeightTensor> before = readBefore.get();
    Map<TensorRef, WeightTensor> read = new LinkedHashMap<>();
    for (TensorRef tensor : stored) {
      WeightTensor known = before.get(tensor);
      read.put(tensor, known == null ? tensor(tensor) : known);
    }
    readBefore.set(Map.copyOf(read));
    return List.copyOf(read.values());
  }
}
