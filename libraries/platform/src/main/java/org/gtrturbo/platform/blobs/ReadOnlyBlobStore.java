package org.gtrturbo.platform.blobs;

import java.nio.ByteBuffer;
import org.gtrturbo.events.BlobRef;

/**
 * Another store that nothing is added to: what is put gets its name and is not kept.
 *
 * @param store that is read
 */
public record ReadOnlyBlobStore(BlobStore store) implements BlobStore {

  @Override
  public BlobRef put(ByteBuffer content) {
    return FolderBlobStore.named(content);
  }

  /** A copy of the content, which nothing but the caller keeps. */
  @Override
  public Kept keep(ByteBuffer content) {
    ByteBuffer copy = ByteBuffer.allocate(content.remaining()).put(content.duplicate()).flip();
    return new Kept(put(content), copy.asReadOnlyBuffer());
  }

  @Override
  public ByteBuffer get(BlobRef ref) {
    return store.get(ref);
  }

  @Override
  public boolean contains(BlobRef ref) {
    return store.contains(ref);
  }
}
