package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Exponential moving average (arXiv 2512.13043): {@code T ← (1 − αₙ) T + αₙ θₙ}.
 *
 * <p>T₀ is the base, whose share fades as (1 − α)ⁿ; with a warm-up the first checkpoint takes its
 * place.
 *
 * @param weighting α, the weight of the newest checkpoint, and how it is reached
 * @param precision that the running average is kept in
 */
public record Ema(Weighting.Fading weighting, Precision precision) implements MergeRule {
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

  @Override
  public Optional<Fold> plan(MergeProgress before, long version) {
    return weighting.weigh(before, version);
  }

  @Override
  public Needs needs() {
    return Means.needs(precision);
  }

  @Override
  public List<Sum> sums() {
    return Means.sums(precision);
  }

  @Override
  public void start(MemorySegment base, List<MemorySegment> sums) {
    Means.start(base, sums);
  }

  @Override
  public void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    Means.fold(fold.newest(), piece);
  }
}
