package org.gtrturbo.platform.settings;

import static org.gtrturbo.platform.settings.SettingRules.addresses;
import static org.gtrturbo.platform.settings.SettingRules.atLeast;
import static org.gtrturbo.platform.settings.SettingRules.finite;
import static org.gtrturbo.platform.settings.SettingRules.fraction;
import static org.gtrturbo.platform.settings.SettingRules.notNegative;
import static org.gtrturbo.platform.settings.SettingRules.oneOf;
import static org.gtrturbo.platform.settings.SettingRules.positive;
import static org.gtrturbo.platform.settings.SettingRules.within;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gtrturbo.events.TopicCatalogue;

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
    TrainingSettings training,
    GuidanceSettings guidance,
    TeacherSettings teacher,
    MergerSettings merger,
    DeviceSettings device,
    KafkaSettings kafka) {
  public Settings {
    if (guidance.kind() == Guidance.TOKEN_PENALTY && learner.ratio() == PolicyRatio.STEP) {
      throw new SettingException(
          "guidance.kind",
          "must not be token-penalty where learner.ratio is step, which has one advantage a turn;"
              + " turn-penalty takes the mean",
          "token-penalty");
    }
    if (learner.minibatch() % training.microBatches() != 0) {
      throw new SettingException(
          "training.microBatches",
          "must divide learner.minibatch (" + learner.minibatch() + ")",
          training.microBatches());
    }
  }

  /**
   * What is run, and for how long.
   *
   * @param name name of the run; part of topic names
   * @param seed every random draw of the run derives from it
   * @param turns the run is complete when the learner has trained on this many turns
   * @param episodes played at its end with each of warm start, policy and teacher, sampled, and as
   *     many greedily
   */
  public record RunSettings(String name, long seed, long turns, int episodes) {
    public RunSettings {
      if (!TopicCatalogue.isLegalRunName(name)) {
        throw new SettingException("run.name", TopicCatalogue.RUN_NAME_RULE, name);
      }
      atLeast("run.turns", turns, 1);
      atLeast("run.episodes", episodes, 1);
    }
  }

  /**
   * What is played.
   *
   * @param name numberline, ezpoints or threecards
   * @param imageNoise standard deviation of the Gaussian noise added to every pixel of an
   *     observation, in [0, 1]
   */
  public record EnvironmentSettings(String name, double imageNoise) {
    public static final List<String> NAMES = List.of("numberline", "ezpoints", "threecards");

    public EnvironmentSettings {
      oneOf("environment.name", name, NAMES);
      within("environment.imageNoise", imageNoise, 0, 1);
    }
  }

  /**
   * The policy: one that is brought in a folder, or the built-in one of the size given, where
   * {@code patchHeight × patchWidth} pixels make one image token.
   *
   * @param folder with {@code policy.json} and {@code policy.onnx}; the sizes then mean nothing
   */
  public record PolicySettings(
      Optional<String> folder,
      int width,
      int layers,
      int heads,
      int feedForward,
      int patchHeight,
      int patchWidth) {
    public PolicySettings {
      atLeast("policy.width", width, 1);
      atLeast("policy.layers", layers, 1);
      atLeast("policy.heads", heads, 1);
      atLeast("policy.feedForward", feedForward, 1);
      atLeast("policy.patchHeight", patchHeight, 1);
      atLeast("policy.patchWidth", patchWidth, 1);
      if (width % heads != 0) {
        throw new SettingException(
            "policy.width", "must be a multiple of policy.heads (" + heads + ")", width);
      }
    }
  }

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
      double learningRate) {
    public WarmStartSettings {
      atLeast("warmStart.demonstrations", demonstrations, 0);
      within("warmStart.misreadCard", misreadCard, 0, 1);
      within("warmStart.wrongPlan", wrongPlan, 0, 1);
      within("warmStart.randomAction", randomAction, 0, 1);
      atLeast("warmStart.steps", steps, 0);
      atLeast("warmStart.minibatch", minibatch, 1);
      positive("warmStart.learningRate", learningRate);
      if (steps > 0 && demonstrations < minibatch) {
        throw new SettingException(
            "warmStart.demonstrations",
            "must be at least warmStart.minibatch (" + minibatch + ")",
            demonstrations);
      }
    }
  }

  /**
   * How turns are generated.
   *
   * @param environments environments that one actor process plays side by side
   * @param threads threads that generate, each with its share of the environments
   * @param maxLagTurns an actor waits while the log holds more turns than this that the learner has
   *     not read
   */
  public record ActorSettings(int environments, int threads, double temperature, long maxLagTurns) {
    public ActorSettings {
      atLeast("actor.environments", environments, 1);
      atLeast("actor.threads", threads, 1);
      positive("actor.temperature", temperature);
      atLeast("actor.maxLagTurns", maxLagTurns, 1);
      if (threads > environments) {
        throw new SettingException(
            "actor.threads", "must be at most actor.environments (" + environments + ")", threads);
      }
    }
  }

  /**
   * How the policy is trained.
   *
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
      OffPolicySettings offPolicy,
      long maxStalenessVersions,
      int threads) {
    public LearnerSettings {
      atLeast("learner.turnsPerUpdate", turnsPerUpdate, 1);
      atLeast("learner.epochs", epochs, 1);
      atLeast("learner.minibatch", minibatch, 1);
      positive("learner.learningRate", learningRate);
      atLeast("learner.warmUpUpdates", warmUpUpdates, 0);
      atLeast("learner.valueWarmUpUpdates", valueWarmUpUpdates, 0);
      positive("learner.clip", clip);
      notNegative("learner.thoughtCoefficient", thoughtCoefficient);
      notNegative("learner.valueCoefficient", valueCoefficient);
      notNegative("learner.valueClip", valueClip);
      notNegative("learner.entropyCoefficient", entropyCoefficient);
      within("learner.discount", discount, 0, 1);
      within("learner.gaeLambda", gaeLambda, 0, 1);
      positive("learner.rewardScale", rewardScale);
      positive("learner.maxGradientNorm", maxGradientNorm);
      notNegative("learner.weightDecay", weightDecay);
      fraction("learner.beta1", beta1);
      fraction("learner.beta2", beta2);
      positive("learner.epsilon", epsilon);
      atLeast("learner.maxStalenessVersions", maxStalenessVersions, 0);
      atLeast("learner.threads", threads, 1);
      if (minibatch > turnsPerUpdate) {
        throw new SettingException(
            "learner.minibatch",
            "must be at most learner.turnsPerUpdate (" + turnsPerUpdate + ")",
            minibatch);
      }
      if (offPolicy.ratioLimit() > 0 && offPolicy.ratioLimit() <= 1 + clip) {
        throw new SettingException(
            "learner.offPolicy.ratioLimit",
            "must be above 1 + learner.clip (" + (1 + clip) + "), or 0",
            offPolicy.ratioLimit());
      }
    }
  }

  /** Added to a turn's return after the advantage is estimated (0 and 0: off), unscaled. */
  public record FormatRewardSettings(double valid, double invalid) {
    public FormatRewardSettings {
      finite("learner.formatReward.valid", valid);
      finite("learner.formatReward.invalid", invalid);
    }
  }

  public enum LearningRateSchedule {
    CONSTANT,
    /** To 0 at the end of the run, by the turns trained on. */
    COSINE,
    /** To 0 at the end of the run, by the turns trained on, in a straight line. */
    LINEAR,
    /** Down and up again by the updates made; see {@link TrainingSettings.AnnealingSettings}. */
    COSINE_ANNEALING
  }

  public enum PolicyRatio {
    TOKEN,
    STEP
  }

  /**
   * How the teacher guides the policy's thoughts.
   *
   * @param kind where the guidance enters
   * @param coefficient β
   * @param topK of the teacher's likeliest tokens a turn carries, for the estimators that look at
   *     distributions; 0 carries the whole vocabulary
   * @param estimator how far from its teacher the policy is
   * @param upper bound of the clip estimator, in nats; 0: no bound
   */
  public record GuidanceSettings(
      Guidance kind,
      double coefficient,
      int topK,
      GuidanceEstimator estimator,
      double upper,
      ThoughtSettings thoughts) {
    public GuidanceSettings {
      notNegative("guidance.coefficient", coefficient);
      atLeast("guidance.topK", topK, 0);
      notNegative("guidance.upper", upper);
      GuidanceRules.check(kind, estimator, upper);
    }

    /**
     * The one that is set, or that {@link GuidanceEstimator#USUAL} stands for; that itself where
     * nothing is estimated.
     */
    public GuidanceEstimator estimatorUsed() {
      return GuidanceRules.used(kind, estimator);
    }
  }

  /**
   * The thoughts that a teacher writes for kind {@code sft}.
   *
   * @param temperature that they are drawn at
   * @param bufferTurns a lesson is drawn from this many turns, the newest that were trained on
   */
  public record ThoughtSettings(double temperature, int bufferTurns) {
    public ThoughtSettings {
      positive("guidance.thoughts.temperature", temperature);
      atLeast("guidance.thoughts.bufferTurns", bufferTurns, 1);
    }
  }

  public enum Guidance {
    NONE,
    /** The estimate on thought tokens, as a loss term. */
    KL_LOSS,
    /** {@link #TOKEN_PENALTY} by max(0, log π − log T); {@link #TURN_PENALTY} of a step's ratio. */
    CLIPPED_PENALTY,
    /** Each thought token's estimate, taken off its advantage. */
    TOKEN_PENALTY,
    /** The mean estimate of a turn's thought, taken off the turn's normalised advantage. */
    TURN_PENALTY,
    /** The mean estimate, taken off the turn's return behind the advantage estimate. */
    RETURN_PENALTY,
    /** The mean estimate, taken off the turn's reward before advantages are estimated. */
    REWARD_PENALTY,
    /** Supervised learning of thoughts that the teacher writes anew. */
    SFT
  }

  /** x = log π − log T of the token that was sampled. */
  public enum GuidanceEstimator {
    /** reverse-kl where the kind is kl-loss, clip in all other places. */
    USUAL,
    /** max(0, x), at most {@code guidance.upper}. */
    CLIP,
    /** x. */
    K1,
    /** |x|. */
    ABS,
    /** exp(−x) − 1 + x. */
    K3,
    /** KL(π ‖ T) over words. */
    REVERSE_KL,
    /** KL(T ‖ π) over words. */
    FORWARD_KL
  }

  /**
   * How checkpoints are merged into the teacher.
   *
   * @param alpha weight of the newest checkpoint in the EMA
   * @param everyCheckpoints every how many checkpoints one is merged
   * @param ruleSettings the rule's other settings, {@code name=value} each with spaces between
   * @param normJump a checkpoint that lies this many times as far from the one before as the median
   *     of the last updates is quarantined; 0 quarantines none for that
   * @param successDrop a checkpoint whose policy, sampled, succeeds by this much less often than
   *     the best before it is excluded by the evaluation; 0 excludes none for that
   * @param shadows rules that make streams of teachers beside it, {@code name rule name=value ...}
   *     each with semicolons between
   */
  public record TeacherSettings(
      MergeRuleName rule,
      double alpha,
      int everyCheckpoints,
      Optional<String> ruleSettings,
      double normJump,
      double successDrop,
      Optional<String> shadows) {
    public TeacherSettings {
      if (!(alpha > 0 && alpha <= 1)) {
        throw new SettingException("teacher.alpha", "must be above 0 and at most 1", alpha);
      }
      atLeast("teacher.everyCheckpoints", everyCheckpoints, 1);
      ruleSettings.ifPresent(RuleText::settings);
      notNegative("teacher.normJump", normJump);
      within("teacher.successDrop", successDrop, 0, 1);
      shadows.ifPresent(RuleText::shadows);
    }

    /** Version of the newest teacher that there is once checkpoint {@code version} is merged. */
    public long newestAt(long version) {
      return rule == MergeRuleName.FROZEN ? 0 : version / everyCheckpoints * everyCheckpoints;
    }
  }

  public enum MergeRuleName {
    EMA,
    SMA,
    LINEAR,
    WINDOW,
    TIES,
    INCREMENTAL_TIES,
    DARE_TIES,
    SLERP,
    POST_HOC_EMA,
    /** The warm start for ever: the control arm. */
    FROZEN;

    /** As in settings and events. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * How merging is spread. No teacher's weights depend on it.
   *
   * @param threads of one merger
   * @param shardPartitions partitions of the topic of shards; that many may be folded at once, over
   *     all mergers
   * @param shardBytes most that a shard's weights take
   * @param standbys copies of the merger's state that other mergers keep ready
   * @param silentSeconds after that long without a sign of a merger its shards are the others'
   * @param instance name of this merger among those of the run; left out where there is one
   */
  public record MergerSettings(
      int threads,
      int shardPartitions,
      int shardBytes,
      int standbys,
      int silentSeconds,
      Optional<String> instance) {
    public MergerSettings {
      atLeast("merger.threads", threads, 1);
      atLeast("merger.shardPartitions", shardPartitions, 1);
      atLeast("merger.shardBytes", shardBytes, Float.BYTES);
      atLeast("merger.standbys", standbys, 0);
      // A broker's own limits, unless it is told otherwise.
      within("merger.silentSeconds", silentSeconds, 6, 1800);
      if (shardBytes % Float.BYTES != 0) {
        throw new SettingException("merger.shardBytes", "must be a multiple of 4", shardBytes);
      }
      if (instance.isPresent() && !TopicCatalogue.isLegalRunName(instance.get())) {
        throw new SettingException("merger.instance", TopicCatalogue.RUN_NAME_RULE, instance.get());
      }
    }
  }

  /**
   * Where the events are.
   *
   * @param bootstrap host:port of a cluster; empty means a broker inside this process
   * @param clientProperties a properties file with how clients identify themselves to the cluster
   * @param trajectoryPartitions partitions of the trajectories topic
   */
  public record KafkaSettings(
      Optional<String> bootstrap, Optional<String> clientProperties, int trajectoryPartitions) {
    public KafkaSettings {
      bootstrap.ifPresent(address -> addresses("kafka.bootstrap", address));
      if (clientProperties.isPresent() && bootstrap.isEmpty()) {
        throw new SettingException(
            "kafka.clientProperties",
            "must be none where kafka.bootstrap is",
            clientProperties.get());
      }
      atLeast("kafka.trajectoryPartitions", trajectoryPartitions, 1);
    }
  }
}
