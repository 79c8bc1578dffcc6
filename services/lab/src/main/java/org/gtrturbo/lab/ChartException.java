package org.gtrturbo.lab;

/** A chart could not be drawn or written; what it shows is not affected. */
public final class ChartException extends RuntimeException {
  ChartException(String message, Throwable cause) {
    super(message, cause);
  }
}
