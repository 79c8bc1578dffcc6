package org.gtrturbo.learner;

import java.util.List;

/**
 * What one update is trained on, and the account of everything settled with it.
 *
 * @param episodes whole ones, in the order in which they were completed
 * @param account of all offsets settled since the update before, those of the episodes included
 */
record Batch(List<Episode> episodes, OffsetLedger.Entry account) {
  Batch {
    episodes = List.copyOf(episodes);
  }

  /**
   * A whole episode.
   *
   * @param turns by turn index from 0, the last one terminated or truncated
   */
  record Episode(List<PlacedTurn> turns) {
    Episode {
      turns = List.copyOf(turns);
    }
  }

  List<PlacedTurn> turns() {
    return episodes.stream().flatMap(episode -> episode.turns().stream()).toList();
  }
}
