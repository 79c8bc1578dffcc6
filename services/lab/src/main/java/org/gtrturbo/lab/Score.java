package org.gtrturbo.lab;

import java.util.OptionalDouble;

/**
 * How a policy did over whole episodes.
 *
 * @param meanReturn of an episode, in unscaled reward
 * @param recognisedRate of turns, how many thoughts name what the picture shows; empty where the
 *     environment cannot tell
 * @param formattedRate of turns, how many answers name exactly one action
 * @param meanTokens of a turn, thought and action
 */
public record Score(
    long episodes,
    long successes,
    double meanReturn,
    OptionalDouble recognisedRate,
    double formattedRate,
    double meanTokens) {

  /** Successes per episode, with Wilson's 95 % interval. */
  public Estimate success() {
    return Statistics.rate(successes, episodes);
  }
}
