package org.gtrturbo.policy.files;

/** A file of tensors is missing, broken, or in a form that is not read here. */
public final class UnreadableTensorsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  UnreadableTensorsException(String message) {
    super(message);
  }

  UnreadableTensorsException(String message, Throwable cause) {
    super(message, cause);
  }
}
