package org.gtrturbo.environments;

/**
 * A task that an agent plays in turns: it sees an {@link Observation}, answers with a text, and the
 * action named in the text is executed.
 *
 * <p>One thread at a time plays an environment, one episode after the other.
 */
public interface Environment {

  EnvironmentSpec spec();

  /**
   * Begins a new episode; one that is in play is given up.
   *
   * @param seed the same seed and the same texts give the same episode, bit for bit, noise in the
   *     pictures and randomly chosen actions included
   */
  Observation reset(long seed);

  /**
   * Plays one turn.
   *
   * @param text the agent's whole answer, thought and action; where it names no action, or more
   *     than one, an action drawn uniformly from {@link EnvironmentSpec#actions()} is executed
   * @throws IllegalStateException if no episode is in play: before the first {@link #reset} and
   *     after a turn that terminated or truncated the episode
   */
  Step step(String text);
}
