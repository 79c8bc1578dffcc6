package org.gtrturbo.merger;

/**
 * The teachers that exist do not fit together, or do not fit the settings; the message says which
 * and what to do. Nothing is merged before a person has decided.
 */
public final class BrokenChainException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BrokenChainException(String message) {
    super(message);
  }
}
