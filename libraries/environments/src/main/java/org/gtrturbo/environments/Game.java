package org.gtrturbo.environments;

import java.util.List;
import java.util.SplittableRandom;

/** The rules and the state of one game, without noise, parsing and episode accounting. */
sealed interface Game permits PointsGame, NumberLineGame {

  EnvironmentSpec spec(Rendering rendering);

  /** Begins a new game. */
  void deal(SplittableRandom random);

  /** The actions that {@link #play} would not refuse now; empty once the game has ended. */
  List<String> legalActions();

  /** Executes one of the spec's actions, legal or not. */
  Outcome play(String action);

  /** Draws the state into a new array of the spec's picture shape. */
  byte[] draw(Rendering rendering);

  String prompt(Rendering rendering);

  /** Whether an agent's answer names what the picture shows. */
  boolean recognisedIn(String text);

  record Outcome(double reward, boolean terminated, boolean truncated) {

    boolean last() {
      return terminated || truncated;
    }
  }
}
