package org.gtrturbo.lab;

import java.util.List;
import org.gtrturbo.agents.PlayedTurn;

/** Who plays the episodes that are evaluated. */
@FunctionalInterface
interface EpisodePlayer {

  /** The next turn of every episode in play; none when there is nothing left to play. */
  List<PlayedTurn> play();
}
