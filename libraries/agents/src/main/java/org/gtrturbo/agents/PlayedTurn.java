package org.gtrturbo.agents;

import org.gtrturbo.environments.Observation;
import org.gtrturbo.environments.Step;

/**
 * One turn of one environment of an {@link EnvironmentGroup}.
 *
 * @param episode which episode, counted over the group
 * @param episodeSeed that the environment was reset with
 * @param turnIndex from 0
 * @param seen what the agent saw
 * @param written what it wrote
 * @param step what happened
 */
public record PlayedTurn(
    long episode, long episodeSeed, int turnIndex, Observation seen, Written written, Step step) {

  /**
   * @param prompt the prompt as Q tokens, padded
   * @param tokens thought, then action
   * @param thoughtTokens how many of them are the thought
   * @param logProbs of each token, in nats
   * @param entropies of the distribution that each token was drawn from, in nats
   * @param value the value head's estimate
   */
  public record Written(
      int[] prompt,
      int[] tokens,
      int thoughtTokens,
      float[] logProbs,
      float[] entropies,
      float value) {

    /** Mean token entropy of the thought; 0 where there is none. */
    public double thoughtEntropy() {
      return mean(0, thoughtTokens);
    }

    /** Mean token entropy of the action; 0 where there is none. */
    public double actionEntropy() {
      return mean(thoughtTokens, entropies.length);
    }

    private double mean(int from, int to) {
      double sum = 0;
      for (int place = from; place < to; place++) {
        sum += entropies[place];
      }
      return to > from ? sum / (to - from) : 0;
    }
  }
}
