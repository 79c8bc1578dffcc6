package org.gtrturbo.environments;

/**
 * What one turn led to.
 *
 * @param observation what the agent sees next; after the last turn how the game ended
 * @param reward unscaled, of this turn alone
 * @param terminated whether the episode ended by its rules
 * @param truncated whether the episode was cut off because it became too long
 */
public record Step(
    Observation observation, double reward, boolean terminated, boolean truncated, StepInfo info) {

  /** Whether the episode has ended, one way or the other. */
  public boolean last() {
    return terminated || truncated;
  }
}
