package org.gtrturbo.platform.kafka;

/** A {@link TopicFollower} has ended: reading or its listener failed, which is the cause. */
public final class FollowerFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FollowerFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
