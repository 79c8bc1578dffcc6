package org.gtrturbo.learner;

/** Learning has ended with a failure; the last committed version stands. */
public final class LearnerFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LearnerFailedException(Throwable cause) {
    super("learning has ended: " + cause.getMessage(), cause);
  }
}
