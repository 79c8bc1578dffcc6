package org.gtrturbo.merger;

import java.util.List;
import java.util.Map;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.EventCodec;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.platform.blobs.BlobStore;

/** What merging is done with, over one store of blobs. Threads may share it. */
record MergeWorkshop(
    BlobStore blobs,
    Policies policies,
    Manifests manifests,
    ShardFolding folding,
    TeacherFoundry foundry) {
  // A few shards' worth of everything that one fold reads.
  private static final long RECENT_BYTES = 64L << 20;

  /**
   * A workshop for the tasks of one process.
   *
   * @param origin put into the metadata of every exported teacher
   */
  static MergeWorkshop of(
      EventCodec<Checkpoint> codec, BlobStore store, int shardBytes, Map<String, String> origin) {
    var blobs = new RecentBlobs(store, RECENT_BYTES);
    return new MergeWorkshop(
        blobs,
        new Policies(blobs, shardBytes),
        new Manifests(codec, blobs),
        new ShardFolding(blobs),
        new TeacherFoundry(blobs, origin));
  }

  StoredWeights weights(List<TensorRef> tensors) {
    return new StoredWeights(blobs, tensors);
  }
}
