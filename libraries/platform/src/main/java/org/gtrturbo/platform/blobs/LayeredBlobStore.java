package org.gtrturbo.platform.blobs;

import java.nio.ByteBuffer;
import org.gtrturbo.events.BlobRef;

/**
 * A store on top of another: what is in neither is written to the upper one, the lower one is only
 * read.
 */
public record LayeredBlobStore(BlobStore upper, BlobStore lower) implements BlobStore {

  @Override
  public BlobRef put(ByteBuffer content) {
    BlobRef ref = FolderBlobStore.named(content);
    return lower.contains(ref) ? ref : upper.put(content);
  }

  @Override
  public Kept keep(ByteBuffer content) {
    BlobRef ref = FolderBlobStore.named(content);
    return lower.contains(ref) ? new Kept(ref, lower.get(ref)) : upper.keep(content);
  }

  @Override
  public ByteBuffer get(BlobRef ref) {
    return upper.contains(ref) ? upper.get(ref) : lower.get(ref);
  }

  @Override
  public boolean contains(BlobRef ref) {
    return upper.contains(ref) || lower.contains(ref);
  }
}
