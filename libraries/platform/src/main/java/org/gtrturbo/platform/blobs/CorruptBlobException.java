package org.gtrturbo.platform.blobs;

/** A stored blob is not the content that its name promises. */
public final class CorruptBlobException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CorruptBlobException(String message) {
    super(message);
  }
}
