package org.gtrturbo.events;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that are not an event of the expected type; the message is the reason that a dead letter
 * carries.
 */
@NullMarked
public final class UnreadableEventException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnreadableEventException(String reason) {
    this(reason, null);
  }

  UnreadableEventException(String reason, @Nullable Throwable cause) {
    super(reason, cause);
  }
}
