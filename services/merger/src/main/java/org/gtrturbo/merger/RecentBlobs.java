package org.gtrturbo.merger;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.platform.blobs.BlobStore;

/**
 * A blob store that knows what it has read and written last, so that a run of a tensor that is
 * measured, folded and exported is read and compared with its hash once, and one that was folded
 * here not at all: its name has just been computed from it.
 */
final class RecentBlobs implements BlobStore {
  private static final long SMALL_BYTES = 256 << 10;

  // Larger is a whole model, written once for others, which would drive everything else out.
  private static final int SHARE = 8;

  private final BlobStore store;
  private final long mostBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final LinkedHashMap<BlobRef, ByteBuffer> recent = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * @param mostBytes of what is known; mapped blobs among it are no memory of this process
   */
  RecentBlobs(BlobStore store, long mostBytes) {
    this.store = store;
    this.mostBytes = mostBytes;
  }

  @Override
  public BlobRef put(ByteBuffer content) {
    if (content.remaining() <= SMALL_BYTES) {
      BlobRef ref = store.put(content);
      // The caller may write over its own.
      ByteBuffer copy = ByteBuffer.allocate(content.remaining()).put(content.duplicate()).flip();
      remember(ref, copy.asReadOnlyBuffer());
      return ref;
    }
    if (content.remaining() <= mostBytes / SHARE) {
      Kept kept = store.keep(content);
      remember(kept.ref(), kept.content());
      return kept.ref();
    }
    return store.put(content);
  }

  @Override
  public ByteBuffer get(BlobRef ref) {
    Optional<ByteBuffer> known = known(ref);
    if (known.isPresent()) {
      return known.get().duplicate();
    }
    ByteBuffer content = store.get(ref);
    remember(ref, content);
    return content.duplicate();
  }

  @Override
  public boolean contains(BlobRef ref) {
    return store.contains(ref);
  }

  private Optional<ByteBuffer> known(BlobRef ref) {
    lock.lock();
    try {
      return Optional.ofNullable(recent.get(ref));
    } finally {
      lock.unlock();
    }
  }

  private void remember(BlobRef ref, ByteBuffer content) {
    lock.lock();
    try {
      if (recent.put(ref, content) == null) {
        bytes += ref.getBytes();
      }
      var eldest = recent.entrySet().iterator();
      while (bytes > mostBytes && eldest.hasNext()) {
        Map.Entry<BlobRef, ByteBuffer> entry = eldest.next();
        eldest.remove();
        bytes -= entry.getKey().getBytes();
      }
    } finally {
      lock.unlock();
    }
  }
}
