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
 * @param lesson what is learned beside the turn, where thoughts are
 */
public record TrainingTurn(
    byte[] picture,
    int[] prompt,
    Written written,
    Target target,
    Optional<TeacherSide> teacher,
    Optional<Lesson> lesson) {

  /** A turn with no lesson beside it. */
  public TrainingTurn(
      byte[] picture, int[] prompt, Written written, Target target, Optional<TeacherSide> teacher) {
    this(picture, prompt, written, target, teacher, Optional.empty());
  }

  /** The same turn with what it was worth. */
  public TrainingTurn worth(Target worth) {
    return new TrainingTurn(picture, prompt, written, worth, teacher, lesson);
  }

  /** The same turn with the proximal policy's log-probabilities. */
  public TrainingTurn near(float[] proximal) {
    Written near =
        new Written(written.tokens(), written.thoughtTokens(), written.logProbs(), proximal);
    return new TrainingTurn(picture, prompt, near, target, teacher, lesson);
  }

  /** The same turn with a lesson. */
  public TrainingTurn beside(Lesson learned) {
    return new TrainingTurn(picture, prompt, written, target, teacher, Optional.of(learned));
  }

  /**
   * @param tokens thought, then action
   * @param thoughtTokens how many of them are the thought
   * @param logProbs of each token under the behaviour policy
   * @param proximal of each token under the policy that decoupled PPO clips around
   */
  public record Written(int[] tokens, int thoughtTokens, float[] logProbs, float[] proximal) {

    /** Where the behaviour policy is the proximal one, as in plain PPO. */
    public Written(int[] tokens, int thoughtTokens, float[] logProbs) {
      this(tokens, thoughtTokens, logProbs, logProbs);
    }
  }

  /**
   * @param advantage normalised over the batch
   * @param valueTarget what the value head is to say, in scaled reward
   * @param valueBefore what the behaviour policy's value head said
   */
  public record Target(float advantage, float valueTarget, float valueBefore) {
    /** Of a turn that is not judged yet. */
    public static final Target UNKNOWN = new Target(0, 0, 0);
  }

  /**
   * @param logProbs of each token under the teacher
   * @param topTokens (thoughtTokens × K), empty where K is the whole vocabulary
   * @param topLogProbs (thoughtTokens × K)
   */
  public record TeacherSide(float[] logProbs, int[] topTokens, float[] topLogProbs) {}

  /**
   * A thought to learn, maybe of another turn.
   *
   * @param picture uint8 (height, width, channels), what the thought is about
   * @param prompt Q tokens
   * @param thought its tokens; none where nothing is learned
   */
  public record Lesson(byte[] picture, int[] prompt, int[] thought) {}
}
