package org.gtrturbo.policy;

/**
 * How tokens are drawn.
 *
 * @param temperature divides the logits; also of the log-probabilities that come back
 * @param greedy take the likeliest token, whatever the draws
 */
public record Sampling(double temperature, boolean greedy) {
  public static final Sampling GREEDY = new Sampling(1, true);

  public Sampling {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("temperature must be positive, got " + temperature);
    }
  }

  public static Sampling at(double temperature) {
    return new Sampling(temperature, false);
  }
}
