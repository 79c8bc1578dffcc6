package org.gtrturbo.platform.kafka;

/**
 * An event was not acknowledged by the cluster and counts as lost unless it is sent again by a new
 * publisher.
 */
public final class PublishFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PublishFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
