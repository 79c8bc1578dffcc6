package org.gtrturbo.policy;

/**
 * What a policy wrote for N observations.
 *
 * @param tokens per observation its tokens, without padding: thought, action marker, action
 * @param logProbs of each token under the policy at the sampling temperature, in nats
 * @param entropies of the distribution that each token was drawn from, in nats
 * @param values (N), the value head's estimate
 */
public record Generation(int[][] tokens, float[][] logProbs, float[][] entropies, float[] values) {
  public int size() {
    return tokens.length;
  }
}
