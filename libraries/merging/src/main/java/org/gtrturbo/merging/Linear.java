package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The mean of the checkpoints by weights that are given: {@code T = Σ wᵢ θᵢ / Σ wᵢ} over those
 * folded so far. Divided by the weights, never by how many there are, so that equal checkpoints
 * come out as they are.
 *
 * @param weighting {@link Weighting.ByVersion} or {@link Weighting.ByPosition}
 * @param precision that the running mean is kept in
 */
public record Linear(Weighting weighting, Precision precision) implements MergeRule {
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
