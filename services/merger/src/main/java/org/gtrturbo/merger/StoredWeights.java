package org.gtrturbo.merger;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.merging.WeightVector;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.TensorBlobs;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.WeightTensor;

/**
 * The weights that a manifest of tensors names, read run by run from where they are stored.
 * Low-rank adapters are added to the runs of the matrices that they adapt.
 */
final class StoredWeights {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final TensorBlobs blobs;
  private final Map<String, TensorRef> tensors = new HashMap<>();

  StoredWeights(BlobStore store, List<TensorRef> manifest) {
    this.blobs = new TensorBlobs(store);
    manifest.forEach(tensor -> tensors.put(tensor.getName(), tensor));
  }

  /**
   * Some elements of a tensor, little-endian float32, not to be written to.
   *
   * @throws org.gtrturbo.platform.blobs.MissingBlobException if what holds them is not stored
   * @throws org.gtrturbo.platform.blobs.CorruptBlobException if it is not what its name promises
   * @throws IllegalArgumentException if the manifest lacks the tensor, or adapters do not fit it
   */
  MemorySegment run(ParameterLayout.Slot slot, long first, long elements) {
    MemorySegment stored =
        blobs.slice(tensor(slot.name()), first * Float.BYTES, elements * Float.BYTES);
    if (!tensors.containsKey(Lora.down(slot.name()))) {
      return stored;
    }
    MemorySegment adapted = Arena.ofAuto().allocate(stored.byteSize(), 64).copyFrom(stored);
    var adapter =
        new Lora.Adapter(
            slot,
            whole(Lora.down(slot.name())),
            whole(Lora.up(slot.name())),
            whole(Lora.SCALE).values().get(FLOAT, 0));
    adapter.addInPlace(adapted, first);
    return adapted;
  }

  MemorySegment run(ShardPlan.Run run) {
    return run(run.slot(), run.first(), run.elements());
  }

  /** A whole tensor, of which nothing is read before it is asked for. */
  WeightVector vector(ParameterLayout.Slot slot) {
    return new WeightVector() {
      @Override
      public long elements() {
        return slot.elements();
      }

      @Override
      public MemorySegment read(long first, int count, MemorySegment scratch) {
        return run(slot, first, count);
      }
    };
  }

  private WeightTensor whole(String name) {
    TensorRef tensor = tensor(name);
    long[] shape = tensor.getShape().stream().mapToLong(Long::longValue).toArray();
    return new WeightTensor(name, shape, blobs.slice(tensor, 0, TensorBlobs.requireWhole(tensor)));
  }

  private TensorRef tensor(String name) {
    return Optional.ofNullable(tensors.get(name))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the manifest has no tensor " + name + " that its policy needs"));
  }
}
