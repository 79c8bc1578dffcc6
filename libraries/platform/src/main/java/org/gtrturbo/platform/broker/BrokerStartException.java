package org.gtrturbo.platform.broker;

import org.jspecify.annotations.Nullable;

/** The embedded broker cannot run on its folder; the message says why and what to do. */
public final class BrokerStartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BrokerStartException(String message) {
    this(message, null);
  }

  BrokerStartException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
