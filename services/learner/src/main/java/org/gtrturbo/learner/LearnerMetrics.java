package org.gtrturbo.learner;

import java.time.Duration;
import java.time.Instant;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.gtrturbo.events.MetricNames;
import org.gtrturbo.events.Turn;
import org.gtrturbo.learner.Batch.Episode;

/**
 * What the learner measures at each update, by name. Beside these stand the means of what the
 * trainer reports: {@code loss}, {@code policy}, {@code value}, {@code entropy}, {@code
 * gradientNorm} and so on.
 */
public final class LearnerMetrics {
  /** Part of the batch's episodes that succeeded, of those whose environment says so. */
  public static final String SUCCESS_RATE = MetricNames.SUCCESS_RATE;

  /** Mean sum of an episode's rewards, unscaled. */
  public static final String EPISODE_RETURN = MetricNames.EPISODE_RETURN;

  /** Part of the turns whose text parsed. */
  public static final String FORMATTED = MetricNames.FORMATTED;

  /** Part of the turns whose thought names what the picture shows, where it can be told. */
  public static final String RECOGNISED = MetricNames.RECOGNISED;

  /** Mean length of a turn's text. */
  public static final String TOKENS_PER_TURN = MetricNames.TOKENS_PER_TURN;

  /** Mean token entropy of the thoughts when they were written, in nats. */
  public static final String BEHAVIOUR_THOUGHT_ENTROPY = "behaviourThoughtEntropy";

  /** Mean token entropy of the actions when they were written, in nats. */
  public static final String BEHAVIOUR_ACTION_ENTROPY = "behaviourActionEntropy";

  /** Mean time since the turns were played. */
  public static final String DATA_AGE_SECONDS = "dataAgeSeconds";

  /** Mean number of versions between a turn's policy and the one that it trains. */
  public static final String STALENESS_MEAN = "stalenessMean";

  /** The largest such number. */
  public static final String STALENESS_MAX = "stalenessMax";

  public static final String TURNS = "turns";
  public static final String EPISODES = "episodes";

  /** Records settled with this update that it was not trained on. */
  public static final String LEFT_OUT = "leftOut";

  /** What the update took, storing and committing not counted. */
  public static final String UPDATE_SECONDS = "updateSeconds";

  /** Turns trained on since version 0. */
  public static final String TURNS_TRAINED = "turnsTrained";

  private LearnerMetrics() {}

  /**
   * @param policyVersion of the policy that the batch trained
   * @param now when the update began
   */
  static Map<String, Double> of(Batch batch, long policyVersion, Instant now) {
    List<Turn> turns = batch.turns().stream().map(PlacedTurn::turn).toList();
    Map<String, Double> values = new LinkedHashMap<>();
    values.put(TURNS, (double) turns.size());
    values.put(EPISODES, (double) batch.episodes().size());
    values.put(
        LEFT_OUT,
        batch.account().leftOut().stream().mapToDouble(reason -> reason.getTurns()).sum());
    part(batch.episodes().stream().map(LearnerMetrics::success).toList())
        .ifPresent(part -> values.put(SUCCESS_RATE, part));
    values.put(
        EPISODE_RETURN,
        batch.episodes().stream().mapToDouble(LearnerMetrics::sumOfRewards).average().orElse(0));
    part(turns.stream().map(Turn::getRecognised).toList())
        .ifPresent(part -> values.put(RECOGNISED, part));
    values.put(FORMATTED, mean(turns, turn -> turn.getFormatted() ? 1 : 0));
    values.put(TOKENS_PER_TURN, mean(turns, turn -> turn.getTokens().size()));
    values.put(BEHAVIOUR_THOUGHT_ENTROPY, mean(turns, Turn::getThoughtEntropy));
    values.put(BEHAVIOUR_ACTION_ENTROPY, mean(turns, Turn::getActionEntropy));
    values.put(
        DATA_AGE_SECONDS,
        mean(turns, turn -> Duration.between(turn.getPlayedAt(), now).toMillis() / 1e3));
    DoubleSummaryStatistics staleness =
        turns.stream()
            .collect(Collectors.summarizingDouble(turn -> policyVersion - turn.getPolicyVersion()));
    values.put(STALENESS_MEAN, staleness.getAverage());
    values.put(STALENESS_MAX, staleness.getMax());
    return values;
  }

  private static double mean(List<Turn> turns, ToDoubleFunction<Turn> number) {
    return turns.stream().mapToDouble(number).average().orElse(0);
  }

  private static OptionalDouble part(List<Optional<Boolean>> answers) {
    return answers.stream().flatMap(Optional::stream).mapToDouble(yes -> yes ? 1 : 0).average();
  }

  private static Optional<Boolean> success(Episode episode) {
    return episode.turns().getLast().turn().getSuccess();
  }

  private static double sumOfRewards(Episode episode) {
    return episode.turns().stream().mapToDouble(each -> each.turn().getReward()).sum();
  }
}
