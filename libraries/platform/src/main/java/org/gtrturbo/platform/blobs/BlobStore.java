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
