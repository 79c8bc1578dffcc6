package org.gtrturbo.environments;

/** Plays a game whose state it can see, and errs as its noise says. */
sealed interface Demonstrator permits PointsDemonstrator, NumberLineDemonstrator {

  /** Forgets the last episode. */
  void begin();

  /** What it thinks and does in the game's present state. */
  Answer answer();

  /**
   * One turn's answer.
   *
   * @param thought words between blanks, closed by {@code .}
   * @param action what it does, which need not follow from the thought
   */
  record Answer(String thought, String action) {}
}
