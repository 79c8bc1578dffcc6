package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.StartingPolicy;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.events.Turn;
import org.gtrturbo.learner.Batch.Episode;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.TrainingState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Warm start, update and what is measured of a batch, with a tiny policy and no broker. */
class TrainingTest {
  private final Settings settings = TestSettings.with("run.turns=1000");
  private final PolicySpec spec =
      PolicySpecs.of(
          Environments.named("numberline", Rendering.SMALL, 0).spec(), settings.policy());

  @Test
  void theWarmStartLearnsAndTellsHowFarItIs() {
    List<Integer> told = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    var longer = TestSettings.with("warmStart.steps=130", "warmStart.learningRate=5e-3");
    var listener =
        new LearnerListener() {
          @Override
          public void warmStart(int step, int steps, double loss) {
            assertThat(steps).isEqualTo(130);
            told.add(step);
            losses.add(loss);
          }
        };

    var result = new WarmStart(longer, policy()).train(() -> false, listener).orElseThrow();

    assertThat(told).containsExactly(25, 50, 75, 100, 125, 130);
    assertThat(losses.getLast()).isLessThan(losses.getFirst() / 2);
    assertThat(result.state().steps()).isZero();
    assertThat(result.state().groups().getFirst().kept().getFirst().toArray()).containsOnly(0f);
    assertThat(result.losses()).containsKey(WarmStart.LOSS);
  }

  @Test
  void theSameSeedGivesTheSameWarmStart() {
    assertThat(warmStart(settings).parameters().toArray())
        .isEqualTo(warmStart(settings).parameters().toArray());
    assertThat(warmStart(TestSettings.with("run.seed=5")).parameters().toArray())
        .isNotEqualTo(warmStart(settings).parameters().toArray());
  }

  @Test
  void aWarmStartThatIsStoppedMakesNothing() {
    var asked = new AtomicInteger();
    var result =
        new WarmStart(TestSettings.with("warmStart.steps=100"), policy())
            .train(() -> asked.incrementAndGet() > 2, LearnerListener.none());

    assertThat(result).isEmpty();
    assertThat(asked).hasValue(3);
  }

  @Test
  void theRateOfTheWarmStartRisesOverThirtyStepsAndEndsAtATenth() {
    assertThat(WarmStart.rate(0, 900)).isCloseTo(1 / 30.0, within(1e-12));
    assertThat(WarmStart.rate(29, 901)).isCloseTo(1 - 0.9 * 29 / 900, within(1e-12));
    assertThat(WarmStart.rate(899, 900)).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void anUpdateDoesNotDependOnTheOrderInWhichEpisodesWereRead() {
    TrainingState start = warmStart(settings);
    List<Episode> episodes = episodes(start);
    List<Episode> otherOrder = new ArrayList<>(episodes);
    Collections.reverse(otherOrder);
    try (var ppo = new PpoUpdate(spec, settings)) {
      var update = ppo.update(start, episodes, 1, 0);
      var same = ppo.update(start, otherOrder, 1, 0);

      assertThat(update.state().parameters().toArray())
          .isEqualTo(same.state().parameters().toArray())
          .isNotEqualTo(start.parameters().toArray());
      int turns = episodes.stream().mapToInt(episode -> episode.turns().size()).sum();
      assertThat(update.state().steps())
          .isEqualTo((long) settings.learner().epochs() * (turns / 16));
      assertThat(ppo.update(start, episodes, 2, 0).state().parameters().toArray())
          .isNotEqualTo(update.state().parameters().toArray());
    }
  }

  @Test
  void anUpdateInSegmentsGivesTheSameBits() {
    TrainingState start = warmStart(settings);
    List<Episode> episodes = episodes(start);

    assertThat(updated(start, episodes, "training.segments=3").parameters().toArray())
        .isEqualTo(updated(start, episodes).parameters().toArray())
        .isNotEqualTo(start.parameters().toArray());
  }

  @Test
  void anUpdateInMicroBatchesGivesTheSameButForRounding() {
    TrainingState start = warmStart(settings);
    List<Episode> episodes = episodes(start);

    float[] whole = updated(start, episodes, "training.optimizer=sgd").parameters().toArray();
    float[] parts =
        updated(start, episodes, "training.optimizer=sgd", "training.microBatches=8")
            .parameters()
            .toArray();

    float[] before = start.parameters().toArray();
    double moved = 0;
    double apart = 0;
    for (int index = 0; index < whole.length; index++) {
      moved = Math.max(moved, Math.abs(whole[index] - before[index]));
      apart = Math.max(apart, Math.abs(whole[index] - parts[index]));
    }
    assertThat(moved).isGreaterThan(1e-3);
    assertThat(apart).isLessThan(1e-3 * moved);
  }

  private TrainingState updated(TrainingState start, List<Episode> episodes, String... changes) {
    List<String> all = new ArrayList<>(List.of("run.turns=1000", "learner.learningRate=0.02"));
    all.addAll(List.of(changes));
    Settings with = TestSettings.with(all.toArray(String[]::new));
    TrainingState own =
        TrainingSetups.start(with, TrainingSetups.of(with, spec), start.parameters());
    try (var ppo = new PpoUpdate(spec, with)) {
      return ppo.update(own, episodes, 1, 0).state();
    }
  }

  @Test
  void theFirstMinibatchesOfAnUpdateFindThePolicyThatPlayed() {
    TrainingState start = warmStart(settings);
    var slow = TestSettings.with("run.turns=1000", "learner.learningRate=1e-9");
    try (var ppo = new PpoUpdate(spec, slow)) {
      var report = ppo.update(start, episodes(start), 1, 0).report();

      assertThat(report.get("behaviourKl")).isCloseTo(0, within(1e-4));
      assertThat(report.get("clipped")).isZero();
    }
  }

  /** The behaviour policy is the one in training, so that what is off-policy must not matter. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "learner.offPolicy.proximal=start-of-update",
        "learner.offPolicy.advantages=v-trace"
      })
  void onFreshTurnsWhatIsDoneAboutOldOnesChangesNextToNothing(String change) {
    TrainingState start = warmStart(settings);
    String[] fresh = {"run.turns=1000", "learner.gaeLambda=1", "learner.minibatch=32"};
    String[] corrected = Arrays.copyOf(fresh, 4);
    corrected[3] = change;

    Map<String, Double> plain = report(start, fresh);
    Map<String, Double> same = report(start, corrected);

    assertThat(same.get("policy")).isCloseTo(plain.get("policy"), within(1e-3));
    assertThat(same.get("value")).isCloseTo(plain.get("value"), within(1e-3));
  }

  /** The teacher is the policy in training, from which there is no distance. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "reward-penalty clip",
        "reward-penalty reverse-kl",
        "return-penalty k3",
        "turn-penalty forward-kl",
        "token-penalty abs",
        "kl-loss k3"
      })
  void aTeacherThatAgreesTakesNothingOffWhereverItsDistanceStands(String guidance) {
    TrainingState start = warmStart(settings);
    String kind = "guidance.kind=" + guidance.split(" ")[0];
    String estimator = "guidance.estimator=" + guidance.split(" ")[1];
    String[] one = {"learner.minibatch=32", "guidance.coefficient=5"};

    Map<String, Double> unguided = report(start, one[0], "guidance.kind=none");
    Map<String, Double> guided = report(start, one[0], one[1], kind, estimator);

    assertThat(guided.get("policy")).isCloseTo(unguided.get("policy"), within(2e-3));
    if (kind.endsWith("penalty") && (kind.contains("reward") || kind.contains("return"))) {
      assertThat(guided.get("teacherKl")).isCloseTo(0, within(1e-4));
    }
  }

  @Test
  void aDistanceInTheRewardReachesEarlierTurnsAndOneInTheReturnDoesNot() {
    TrainingState start = warmStart(settings);
    TrainingState elsewhere = warmStart(TestSettings.with("run.seed=9"));
    List<Episode> episodes = episodes(elsewhere);

    double none = valueLoss(start, episodes, "guidance.kind=none");
    double inReward = valueLoss(start, episodes, "guidance.kind=reward-penalty");
    double inReturn = valueLoss(start, episodes, "guidance.kind=return-penalty");

    assertThat(inReward).isNotCloseTo(none, within(1e-4));
    assertThat(inReturn).isNotCloseTo(none, within(1e-4)).isNotCloseTo(inReward, within(1e-4));
  }

  @Test
  void thoughtsAreLearnedFromTheLessonsThatAreGiven() {
    TrainingState start = warmStart(settings);
    List<Episode> episodes = episodes(start);
    var taught = TestSettings.with("run.turns=1000", "guidance.kind=sft", "learner.epochs=2");
    var lessons = LessonBuffer.of(taught, spec);
    episodes.forEach(episode -> lessons.add(episode.turns()));
    try (var ppo = new PpoUpdate(spec, taught)) {
      var update = ppo.update(start, episodes, lessons.all(), 1, 0);
      var unguided = ppo.update(start, episodes, List.of(), 1, 0);

      assertThat(update.report().get("thoughts")).isPositive();
      assertThat(unguided.report().get("thoughts")).isZero();
      assertThat(update.state().parameters().toArray())
          .isNotEqualTo(unguided.state().parameters().toArray())
          .isEqualTo(
              ppo.update(start, episodes, lessons.all(), 1, 0).state().parameters().toArray());
    }
  }

  @Test
  void aBatchIsMeasured() {
    var episodes =
        List.of(
            new Episode(List.of(placed(0, 3, -1, false), placed(1, 4, 1, true))),
            new Episode(List.of(placed(2, 4, -1, false))));
    var account =
        new OffsetLedger.Entry(List.of(), ByteBuffer.allocate(0), List.of(), List.of(), List.of());

    Map<String, Double> metrics =
        LearnerMetrics.of(new Batch(episodes, account), 5, Instant.ofEpochSecond(60));

    Map<String, Double> expected = new LinkedHashMap<>();
    expected.put(LearnerMetrics.TURNS, 3.0);
    expected.put(LearnerMetrics.EPISODES, 2.0);
    expected.put(LearnerMetrics.LEFT_OUT, 0.0);
    expected.put(LearnerMetrics.SUCCESS_RATE, 0.5);
    expected.put(LearnerMetrics.EPISODE_RETURN, -0.5);
    expected.put(LearnerMetrics.FORMATTED, 1.0);
    expected.put(LearnerMetrics.TOKENS_PER_TURN, 3.0);
    expected.put(LearnerMetrics.BEHAVIOUR_THOUGHT_ENTROPY, 0.5);
    expected.put(LearnerMetrics.BEHAVIOUR_ACTION_ENTROPY, 0.25);
    expected.put(LearnerMetrics.DATA_AGE_SECONDS, 60.0);
    expected.put(LearnerMetrics.STALENESS_MEAN, 4 / 3.0);
    expected.put(LearnerMetrics.STALENESS_MAX, 2.0);
    assertThat(metrics).containsExactlyInAnyOrderEntriesOf(expected);
  }

  private static PlacedTurn placed(long offset, long version, double reward, boolean success) {
    return new PlacedTurn(
        0,
        offset,
        TestTurns.turn("a", 0, 0)
            .setPolicyVersion(version)
            .setReward(reward)
            .setSuccess(success)
            .build());
  }

  private TrainingState warmStart(Settings with) {
    return new WarmStart(with, policy())
        .train(() -> false, LearnerListener.none())
        .orElseThrow()
        .state();
  }

  /** Of an update with steps too small to matter. */
  private Map<String, Double> report(TrainingState start, String... changes) {
    return report(start, episodes(start), changes);
  }

  private Map<String, Double> report(
      TrainingState start, List<Episode> episodes, String... changes) {
    String[] all = Arrays.copyOf(changes, changes.length + 1);
    all[changes.length] = "learner.learningRate=1e-9";
    try (var ppo = new PpoUpdate(spec, TestSettings.with(all))) {
      return ppo.update(start, episodes, 1, 0).report();
    }
  }

  private double valueLoss(TrainingState start, List<Episode> episodes, String guidance) {
    return report(start, episodes, guidance, "guidance.coefficient=1").get("value");
  }

  private List<Episode> episodes(TrainingState state) {
    var policy = new PolicyWeights(spec, state.parameters());
    Map<String, List<PlacedTurn>> byEpisode = new LinkedHashMap<>();
    long offset = 0;
    for (Turn turn : new ScriptedActor(settings, "a").play(policy, 0, 80)) {
      byEpisode
          .computeIfAbsent(turn.getEpisodeId(), _ -> new ArrayList<>())
          .add(new PlacedTurn(0, offset++, turn));
    }
    return byEpisode.values().stream()
        .filter(turns -> turns.getLast().endsEpisode())
        .map(Episode::new)
        .toList();
  }

  private StartingPolicy policy() {
    return new StartingPolicy(spec, Optional.empty());
  }
}
