package org.gtrturbo.platform.blobs;

/** A blob that something points to is not in the store. */
public final class MissingBlobException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MissingBlobException(String message) {
    super(message);
  }
}
