package org.gtrturbo.merging;

import java.util.Map;

/**
 * The mean of the checkpoints by weights that are given: {@code T = Σ wᵢ θᵢ / Σ wᵢ} over those
 * folded so far. Divided by the weights, never by how many there are, so that equal checkpoints
 * come out as they are.
 *
 * @param weighting {@link Weighting.ByVersion} or {@link Weighting.ByPosition}
 * @param precision that the running mean is kept in
 */
public record Linear(Weighting weighting, Precision precision) implements RunningMean {
  public Linear {
    if (!(weighting instanceof Weighting.ByVersion || weighting instanceof Weighting.ByPosition)) {
      throw new IllegalArgumentException(
          "rule linear takes weights by version or by position, got " + weighting);
    }
  }

  @Override
  public String name() {
    return "linear";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of().weights(weighting).precision(precision, Precision.FLOAT32).settings();
  }
}
