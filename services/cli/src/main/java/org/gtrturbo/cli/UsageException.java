package org.gtrturbo.cli;

/** What was asked for cannot be done; the message says why and what to ask for instead. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
