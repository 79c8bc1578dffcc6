package org.gtrturbo.policy;

/**
 * How likely a policy finds the tokens that another one wrote.
 *
 * @param logProbs per observation, of each of its tokens, in nats
 * @param topTokens per observation (T × K) the likeliest tokens at each of its first T places,
 *     likeliest first; empty where K is the whole vocabulary
 * @param topLogProbs per observation (T × K) their log-probabilities; in the vocabulary's order
 *     where K is all of it
 * @param topK K
 */
public record TokenScores(float[][] logProbs, int[][] topTokens, float[][] topLogProbs, int topK) {}
