package org.gtrturbo.policy.graph.reading;

/** An ONNX file, or the place where it is used, does not have the form that is read here. */
public final class UnreadableModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnreadableModelException(String message) {
    super(message);
  }

  public UnreadableModelException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
