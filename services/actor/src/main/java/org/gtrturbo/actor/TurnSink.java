package org.gtrturbo.actor;

import org.gtrturbo.events.Turn;

/** Where played turns go. Called by every worker, the turns of an episode in order. */
@FunctionalInterface
public interface TurnSink {
  void accept(Turn turn);
}
