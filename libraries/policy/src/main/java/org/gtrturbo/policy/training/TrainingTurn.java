package org.gtrturbo.policy.training;

import java.util.Optional;

/**
 * A turn as the PPO update sees it.
 *
 * @param picture uint8 (height, width, channels)
 * @param prompt Q tokens
 * @param written what was generated
 * @param target what the turn was worth
 * @param teacher the teacher's side, where there is one
 */
public record TrainingTurn(
    byte[] picture, int[] prompt, Written written, Target target, Optional<TeacherSide> teacher) {

  /**
   * @param tokens thought, then action
   * @param thoughtTokens how many of them are the thought
   * @param logProbs of each token under the behaviour policy
   */
  public record Written(int[] tokens, int thoughtTokens, float[] logProbs) {}

  /**
   * @param advantage normalised over the batch
   * @param valueTarget what the value head is to say, in scaled reward
   * @param valueBefore what the behaviour policy's value head said
   */
  public record Target(float advantage, float valueTarget, float valueBefore) {}

  /**
   * @param logProbs of each token under the teacher
   * @param topTokens (thoughtTokens × K), empty where K is the whole vocabulary
   * @param topLogProbs (thoughtTokens × K)
   */
  public record TeacherSide(float[] logProbs, short[] topTokens, float[] topLogProbs) {}
}
