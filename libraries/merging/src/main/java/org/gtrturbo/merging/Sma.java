package org.gtrturbo.merging;

import java.util.Map;

/**
 * The mean of the checkpoints (arXiv 2512.13043): {@code T ← (1 − 1/n) T + θₙ / n}. The base is not
 * among them: the first checkpoint after it becomes the teacher alone.
 *
 * @param precision that the running mean is kept in
 */
public record Sma(Precision precision) implements RunningMean {
  /** In float32. */
  public Sma() {
    this(Precision.FLOAT32);
  }

  @Override
  public String name() {
    return "sma";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of().precision(precision, Precision.FLOAT32).settings();
  }

  @Override
  public Weighting weighting() {
    return new Weighting.Equal();
  }
}
