package org.gtrturbo.merging;

import java.util.Map;

/**
 * Exponential moving average (arXiv 2512.13043): {@code T ← (1 − αₙ) T + αₙ θₙ}.
 *
 * <p>T₀ is the base, whose share fades as (1 − α)ⁿ; with a warm-up the first checkpoint takes its
 * place.
 *
 * @param weighting α, the weight of the newest checkpoint, and how it is reached
 * @param precision that the running average is kept in
 */
public record Ema(Weighting.Fading weighting, Precision precision) implements RunningMean {
  /** In float32, without a warm-up. */
  public Ema(double alpha) {
    this(new Weighting.Fading(alpha, Weighting.WarmUp.NONE), Precision.FLOAT32);
  }

  @Override
  public String name() {
    return "ema";
  }

  @Override
  public Map<String, String> settings() {
    return RuleWriter.of().fading(weighting).precision(precision, Precision.FLOAT32).settings();
  }
}
