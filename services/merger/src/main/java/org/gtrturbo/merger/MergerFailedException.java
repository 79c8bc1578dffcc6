package org.gtrturbo.merger;

/** The merger has stopped before it was closed; the cause says why. */
public final class MergerFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MergerFailedException(Throwable cause) {
    super("the merger has stopped: " + cause.getMessage(), cause);
  }
}
