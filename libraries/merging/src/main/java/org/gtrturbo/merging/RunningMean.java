package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The rules whose teacher is a running mean: {@code T ← (1 − w) T + w θ}. */
sealed interface RunningMean extends MergeRule permits Ema, Linear, Sma {

  /** Gives each checkpoint its w. */
  Weighting weighting();

  /** That the mean is kept in. */
  Precision precision();

  @Override
  default Optional<Fold> plan(MergeProgress before, long version) {
    return weighting().weigh(before, version);
  }

  @Override
  default Needs needs() {
    return Means.needs(precision());
  }

  @Override
  default List<Sum> sums() {
    return Means.sums(precision());
  }

  @Override
  default void start(MemorySegment base, List<MemorySegment> sums) {
    Means.start(base, sums);
  }

  @Override
  default void fold(Fold fold, Measure measure, Piece piece) {
    piece.check(this);
    Means.fold(fold.newest(), piece);
  }
}
