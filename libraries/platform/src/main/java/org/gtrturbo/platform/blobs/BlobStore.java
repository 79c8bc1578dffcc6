package org.gtrturbo.platform.blobs;

import java.nio.ByteBuffer;
import org.gtrturbo.events.BlobRef;

/**
 * Content under its own SHA-256. Writing the same content again changes nothing; what is read is
 * checked against its name. Safe for use by many threads and many processes at once.
 */
public interface BlobStore {

  /**
   * Stores the buffer's remaining bytes; when this returns they survive a power cut. The buffer's
   * position stays as it is.
   */
  BlobRef put(ByteBuffer content);

  /** A blob and its whole content, read-only. */
  record Kept(BlobRef ref, ByteBuffer content) {}

  /**
   * As {@link #put}, for content that will be read again soon: what {@link #get} would give, but
   * what has just been written is not compared with the name that has just been computed from it.
   */
  default Kept keep(ByteBuffer content) {
    BlobRef ref = put(content);
    return new Kept(ref, get(ref));
  }

  /**
   * The whole content, read-only.
   *
   * @throws MissingBlobException if it is not stored
   * @throws CorruptBlobException if what is stored has another length or hash
   */
  ByteBuffer get(BlobRef ref);

  /** Whether content of that name and length is stored; its bytes are not checked. */
  boolean contains(BlobRef ref);
}
