package org.gtrturbo.platform.settings;

import java.util.Optional;

/**
 * Every setting of a run, read once from one YAML file; see {@code docs/settings.md} for the
 * meaning, unit and default of each.
 */
public record Settings(
    RunSettings run,
    EnvironmentSettings environment,
    PolicySettings policy,
    WarmStartSettings warmStart,
    ActorSettings actor,
    LearnerSettings learner,
    GuidanceSettings guidance,
    TeacherSettings teacher,
    KafkaSettings kafka) {

  /**
   * @param name name of the run; part of topic names
   * @param seed every random draw of the run derives from it
   * @param turns the run is complete when the learner has trained on this many turns
   */
  public record RunSettings(String name, long seed, long turns) {}

  /**
   * @param name numberline, ezpoints or threecards
   * @param imageNoise standard deviation of the Gaussian noise added to every pixel of an
   *     observation, in [0, 1]
   */
  public record EnvironmentSettings(String name, double imageNoise) {}

  /**
   * The size of the built-in policy. {@code patchHeight × patchWidth} pixels make one image token.
   */
  public record PolicySettings(
      int width, int layers, int heads, int feedForward, int patchHeight, int patchWidth) {}

  /**
   * Supervised training on noisy demonstrations before the first turn is played.
   *
   * @param misreadCard probability that a demonstrator misreads a card
   * @param wrongPlan probability that it follows a random plan
   * @param randomAction probability that its action contradicts its thought
   */
  public record WarmStartSettings(
      int demonstrations,
      double misreadCard,
      double wrongPlan,
      double randomAction,
      int steps,
      int minibatch,
      double learningRate) {}

  /**
   * @param environments environments that one actor process plays side by side
   * @param threads threads that generate, each with its share of the environments
   * @param maxLagTurns an actor waits while the log holds more turns than this that the learner has
   *     not read
   */
  public record ActorSettings(
      int environments, int threads, double temperature, long maxLagTurns) {}

  /**
   * @param maxStalenessVersions a turn generated more than this many versions ago is left out
   * @param valueWarmUpUpdates updates at the start that train the value head's loss alone
   * @param rewardScale multiplies rewards before advantages are estimated
   * @param thoughtCoefficient weight of thought tokens in the policy loss; action tokens weigh 1
   */
  public record LearnerSettings(
      int turnsPerUpdate,
      int epochs,
      int minibatch,
      double learningRate,
      LearningRateSchedule schedule,
      int warmUpUpdates,
      int valueWarmUpUpdates,
      PolicyRatio ratio,
      double clip,
      double thoughtCoefficient,
      double valueCoefficient,
      double valueClip,
      double entropyCoefficient,
      double discount,
      double gaeLambda,
      double rewardScale,
      double maxGradientNorm,
      double weightDecay,
      double beta1,
      double beta2,
      double epsilon,
      FormatRewardSettings formatReward,
      long maxStalenessVersions,
      int threads) {}

  /** Added to a turn's return after the advantage is estimated (0 and 0: off), unscaled. */
  public record FormatRewardSettings(double valid, double invalid) {}

  public enum LearningRateSchedule {
    CONSTANT,
    COSINE
  }

  public enum PolicyRatio {
    TOKEN,
    STEP
  }

  /**
   * How the teacher guides.
   *
   * @param coefficient β
   * @param topK how many of the teacher's most likely tokens a turn carries for {@link
   *     Guidance#KL_LOSS}; 0 means the whole vocabulary
   */
  public record GuidanceSettings(Guidance kind, double coefficient, int topK) {}

  public enum Guidance {
    NONE,
    /**
     * Reverse KL over the vocabulary (or the teacher's top k) on thought tokens, as a loss term.
     */
    KL_LOSS,
    /**
     * The paper's estimator: max(0, log π − log T) of the sampled thought tokens, taken off the
     * advantage.
     */
    CLIPPED_PENALTY
  }

  /**
   * @param alpha weight of the newest checkpoint in the EMA
   * @param everyCheckpoints every how many checkpoints one is merged
   */
  public record TeacherSettings(MergeRuleName rule, double alpha, int everyCheckpoints) {}

  public enum MergeRuleName {
    EMA,
    SMA,
    /** The warm start for ever: the control arm. */
    FROZEN
  }

  /**
   * @param bootstrap host:port of a cluster; empty means a broker inside this process
   * @param trajectoryPartitions partitions of the trajectories topic
   */
  public record KafkaSettings(Optional<String> bootstrap, int trajectoryPartitions) {}
}
