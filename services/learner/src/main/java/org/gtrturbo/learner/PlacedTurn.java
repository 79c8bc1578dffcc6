package org.gtrturbo.learner;

import java.util.Comparator;
import org.gtrturbo.events.Turn;

/** A turn and where it lies in the trajectories topic. */
record PlacedTurn(int partition, long offset, Turn turn) {
  static final Comparator<PlacedTurn> BY_PLACE =
      Comparator.comparingInt(PlacedTurn::partition).thenComparingLong(PlacedTurn::offset);

  boolean endsEpisode() {
    return turn.getTerminated() || turn.getTruncated();
  }
}
