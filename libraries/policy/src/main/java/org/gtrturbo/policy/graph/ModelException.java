package org.gtrturbo.policy.graph;

/** The native runtime refused a model, a tensor or a run. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
