package org.gtrturbo.actor;

/** An actor has stopped by itself. */
public final class ActorFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ActorFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
