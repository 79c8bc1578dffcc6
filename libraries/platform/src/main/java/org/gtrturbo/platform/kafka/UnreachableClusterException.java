package org.gtrturbo.platform.kafka;

/** No broker of the cluster answers; the message says where it was looked for and what to do. */
public final class UnreachableClusterException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnreachableClusterException(String message, Throwable cause) {
    super(message, cause);
  }
}
