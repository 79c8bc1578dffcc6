package org.gtrturbo.actor;

/** Hears of every round that an actor plays. Called on the worker's thread: must be quick. */
@FunctionalInterface
public interface ActorListener {
  ActorListener NONE = round -> {};

  void played(PlayedRound round);
}
