package org.gtrturbo.lab;

import java.util.Optional;

/**
 * A measured quantity and how sure it is.
 *
 * @param bounds of its 95 % interval; empty where the data cannot say, one seed alone for instance
 */
public record Estimate(double value, Optional<Bounds> bounds) {

  /** Both ends of an interval. */
  public record Bounds(double lower, double upper) {
    public Bounds {
      if (!(lower <= upper)) {
        throw new IllegalArgumentException(
            "the lower bound must not lie above the upper, got " + lower + " and " + upper);
      }
    }
  }

  /** A value about whose uncertainty nothing is said. */
  public static Estimate of(double value) {
    return new Estimate(value, Optional.empty());
  }

  public static Estimate of(double value, double lower, double upper) {
    return new Estimate(value, Optional.of(new Bounds(lower, upper)));
  }
}
