package org.gtrturbo.merger;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.EventCodec;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.platform.blobs.BlobStore;

/**
 * What a checkpoint says of its weights, as a blob of its own: tasks name it, so that a checkpoint
 * of many tensors is not repeated in the task of every shard.
 */
record Manifests(EventCodec<Checkpoint> codec, BlobStore blobs) {
  static final BlobRef NONE = new BlobRef("", 0L);

  /** Checkpoints of the same weights have the same manifest. */
  BlobRef store(Checkpoint checkpoint) {
    Checkpoint weights =
        Checkpoint.newBuilder(checkpoint)
            .setRun("")
            .setSettingsHash("")
            .setOptimizer(List.of())
            .setBatch(List.of())
            .setProgress(List.of())
            .setConsumed(List.of())
            .setLosses(Map.of())
            .build();
    return blobs.put(ByteBuffer.wrap(codec.encode(weights)));
  }

  StoredWeights weights(BlobRef manifest) {
    return new StoredWeights(blobs, tensors(manifest));
  }

  private List<TensorRef> tensors(BlobRef manifest) {
    ByteBuffer content = blobs.get(manifest);
    byte[] event = new byte[content.remaining()];
    content.get(event);
    return codec.decode(event).getTensors();
  }
}
