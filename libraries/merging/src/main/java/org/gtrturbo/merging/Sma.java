package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The mean of the checkpoints (arXiv 2512.13043): {@code T ← (1 − 1/n) T + θₙ / n}. The base is not
 * among them: the first checkpoint after it becomes the teacher alone.
 *
 * @param precision that the running mean is kept in
 */
public record Sma(Precision precision) implements MergeRule {
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
  public Optional<Fold> plan(MergeProgress before, long version) {
    return new Weighting.Equal().weigh(before, version);
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
