package org.gtrturbo.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.gtrturbo.agents.TeacherGuide;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.TokenScores;
import org.gtrturbo.policy.Vocabulary;
import org.gtrturbo.policy.device.Compute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Turns say which weights wrote them and which scored them, and are what those weights say; they
 * are whole episodes, without gaps; no two episodes of a run are the same one.
 */
final class ActorWorkersTest {
  private static final ActorIdentity IDENTITY = new ActorIdentity("actor-0", 1);
  private static final Supplier<VersionedWeights> FAIL_IF_USED =
      () -> {
        throw new AssertionError("no teacher is to be asked");
      };

  @TempDir Path folder;

  private final List<Turn> turns = new ArrayList<>();

  @Test
  void theVersionThatATurnNamesWroteItsTokensThoughEveryRoundBringsANewOne() {
    Settings settings = TinyPolicy.settings("guidance.kind=none", "actor.temperature=0.7");
    var version = new AtomicLong();
    playRounds(
        settings,
        new ActorWorkers.Weights(
            () -> TinyPolicy.weights(settings, version.getAndIncrement()), FAIL_IF_USED),
        6);

    assertThat(turns.stream().map(Turn::getPolicyVersion).distinct()).hasSize(12);
    for (Turn turn : turns) {
      Parameters wrote = TinyPolicy.weights(settings, turn.getPolicyVersion()).parameters();
      assertThat(Floats.of(turn.getLogProbs()))
          .containsExactly(scored(settings, turn, wrote, 0).logProbs()[0], within(1e-4f));
      assertThat(turn.getTeacher()).isEmpty();
    }
  }

  @Test
  void aTurnCarriesTheTeachersWholeDistributionOnItsThought() {
    Settings settings = TinyPolicy.settings("guidance.kind=kl-loss", "guidance.topK=0");
    playGuided(settings);

    int words = TinyPolicy.spec(settings).vocabularySize();
    for (Turn turn : turns) {
      TeacherScore teacher = turn.getTeacher().orElseThrow();
      TokenScores expected = scoredByTeacher(settings, turn, 0);
      assertThat(teacher.getVersion()).isEqualTo(5);
      assertThat(teacher.getTopK()).isEqualTo(words);
      assertThat(teacher.getTopTokens().remaining()).isZero();
      assertThat(Floats.of(teacher.getLogProbs()))
          .containsExactly(expected.logProbs()[0], within(1e-4f));
      assertThat(Floats.of(teacher.getTopLogProbs()))
          .hasSize(turn.getThoughtTokens() * words)
          .containsExactly(expected.topLogProbs()[0], within(1e-4f));
    }
  }

  @Test
  void aTurnCarriesTheTeachersLikeliestTokensWhereSoManyAreWanted() {
    Settings settings = TinyPolicy.settings("guidance.kind=kl-loss", "guidance.topK=3");
    playGuided(settings);

    for (Turn turn : turns) {
      TeacherScore teacher = turn.getTeacher().orElseThrow();
      TokenScores expected = scoredByTeacher(settings, turn, 3);
      assertThat(teacher.getTopK()).isEqualTo(3);
      assertThat(Floats.tokensOf(teacher.getTopTokens())).hasSize(turn.getThoughtTokens() * 3);
      assertThat(Floats.of(teacher.getTopLogProbs()))
          .containsExactly(expected.topLogProbs()[0], within(1e-4f));
    }
  }

  @Test
  void theClippedPenaltyNeedsTheTeachersLogProbsAlone() {
    Settings settings = TinyPolicy.settings("guidance.kind=clipped-penalty");
    playGuided(settings);

    for (Turn turn : turns) {
      TeacherScore teacher = turn.getTeacher().orElseThrow();
      assertThat(Floats.of(teacher.getLogProbs()))
          .containsExactly(scoredByTeacher(settings, turn, 1).logProbs()[0], within(1e-4f));
      assertThat(teacher.getTopLogProbs().remaining()).isZero();
    }
  }

  @Test
  void aTurnCarriesTheThoughtThatItsTeacherWritesOfItWhateverElseIsPlayed() {
    Settings settings = TinyPolicy.settings("guidance.kind=sft");
    playGuided(settings);

    int marker = new Vocabulary(TinyPolicy.spec(settings).text().words()).actionMarker();
    int most = TinyPolicy.spec(settings).text().generatedTokens();
    try (var guide =
        TeacherGuide.of(settings, TinyPolicy.spec(settings), Compute.cpu(1)).orElseThrow()) {
      for (Turn turn : turns) {
        TeacherScore teacher = turn.getTeacher().orElseThrow();
        assertThat(teacher.getVersion()).isEqualTo(5);
        assertThat(teacher.getLogProbs().remaining()).isZero();
        assertThat(teacher.getThought()).doesNotContain(marker).hasSizeLessThan(most);
        assertThat(thoughtAlone(guide, settings, turn, 5)).isEqualTo(teacher.getThought());
      }
      assertThat(turns.stream().map(turn -> thoughtAlone(guide, settings, turn, 6)).toList())
          .as("another teacher's")
          .isNotEqualTo(
              turns.stream().map(turn -> turn.getTeacher().orElseThrow().getThought()).toList());
    }
  }

  /** What the teacher writes of a turn by itself, from its event alone. */
  private static List<Integer> thoughtAlone(
      TeacherGuide guide, Settings settings, Turn turn, long version) {
    var played =
        new TeacherGuide.Played(
            tokens(turn), turn.getThoughtTokens(), turn.getEnvironmentSeed(), turn.getTurnIndex());
    return guide
        .guide(
            version,
            TinyPolicy.weights(settings, version).parameters(),
            observation(settings, turn),
            List.of(played))
        .getFirst()
        .getThought();
  }

  @Test
  void everyEpisodeIsPlayedTurnByTurnToItsEnd() {
    Settings settings = TinyPolicy.settings("guidance.kind=none");
    playRounds(settings, fixed(settings), 40);

    Map<String, Turn> last = new HashMap<>();
    for (Turn turn : turns) {
      Turn before = last.put(turn.getEpisodeId(), turn);
      if (before == null) {
        assertThat(turn.getTurnIndex()).isZero();
      } else {
        assertThat(before.getTerminated() || before.getTruncated()).isFalse();
        assertThat(turn.getTurnIndex()).isEqualTo(before.getTurnIndex() + 1);
        assertThat(turn.getEnvironmentSeed()).isEqualTo(before.getEnvironmentSeed());
      }
      assertThat(turn.getSuccess().isPresent())
          .isEqualTo(turn.getTerminated() || turn.getTruncated());
    }
    // All but the six that are open have ended.
    assertThat(last.values().stream().filter(turn -> turn.getSuccess().isEmpty()).count())
        .isLessThanOrEqualTo(6);
    assertThat(last).hasSizeGreaterThan(6);
  }

  @Test
  void episodesOfOtherActorsAndIncarnationsHaveOtherNamesAndSeeds() {
    Settings settings = TinyPolicy.settings("guidance.kind=none");
    for (var identity :
        List.of(IDENTITY, new ActorIdentity("actor-0", 2), new ActorIdentity("actor-1", 1))) {
      playRounds(settings, identity, fixed(settings), 5);
    }

    Map<String, Long> seeds = new HashMap<>();
    turns.forEach(turn -> seeds.put(turn.getEpisodeId(), turn.getEnvironmentSeed()));
    Set<Long> distinct = new HashSet<>(seeds.values());
    assertThat(seeds).hasSizeGreaterThanOrEqualTo(18);
    assertThat(distinct).hasSameSizeAs(seeds.keySet());
  }

  @Test
  void theSameIncarnationPlaysTheSameTurnsAgain() {
    Settings settings = TinyPolicy.settings("guidance.kind=none");
    playRounds(settings, fixed(settings), 5);
    List<Turn> first = List.copyOf(turns);
    turns.clear();
    playRounds(settings, fixed(settings), 5);

    assertThat(turns.stream().map(Turn::getTokens).toList())
        .isEqualTo(first.stream().map(Turn::getTokens).toList());
    assertThat(turns.stream().map(Turn::getReward).toList())
        .isEqualTo(first.stream().map(Turn::getReward).toList());
  }

  @Test
  void aRoundIsSummedUp() {
    Settings settings = TinyPolicy.settings("guidance.kind=clipped-penalty", "actor.threads=1");
    PlayedRound.Counts counts = PlayedRound.Counts.NONE;
    for (PlayedRound round : playGuided(settings)) {
      assertThat(round.policyVersion()).isEqualTo(3);
      assertThat(round.teacherVersion()).hasValue(5);
      counts = counts.plus(round.counts());
    }

    assertThat(counts.turns()).isEqualTo(turns.size());
    assertThat(counts.tokens())
        .isEqualTo(turns.stream().mapToLong(turn -> turn.getTokens().size()).sum());
    assertThat(counts.formatted()).isEqualTo(turns.stream().filter(Turn::getFormatted).count());
    assertThat(counts.episodes())
        .isEqualTo(turns.stream().filter(turn -> turn.getSuccess().isPresent()).count());
    assertThat(counts.successes())
        .isEqualTo(turns.stream().filter(turn -> turn.getSuccess().orElse(false)).count());
  }

  private List<PlayedRound> playGuided(Settings settings) {
    return playRounds(
        settings,
        new ActorWorkers.Weights(
            () -> TinyPolicy.weights(settings, 3), () -> TinyPolicy.weights(settings, 5)),
        4);
  }

  private static ActorWorkers.Weights fixed(Settings settings) {
    VersionedWeights weights = TinyPolicy.weights(settings, 3);
    return new ActorWorkers.Weights(() -> weights, FAIL_IF_USED);
  }

  private List<PlayedRound> playRounds(
      Settings settings, ActorWorkers.Weights weights, int rounds) {
    return playRounds(settings, IDENTITY, weights, rounds);
  }

  private List<PlayedRound> playRounds(
      Settings settings, ActorIdentity identity, ActorWorkers.Weights weights, int rounds) {
    List<PlayedRound> played = new ArrayList<>();
    try (var workers =
        new ActorWorkers(
            settings,
            TinyPolicy.spec(settings),
            identity,
            weights,
            new FolderBlobStore(folder),
            turns::add)) {
      for (int round = 0; round < rounds; round++) {
        workers.all().forEach(worker -> played.add(worker.playRound()));
      }
    }
    return played;
  }

  private static TokenScores scoredByTeacher(Settings settings, Turn turn, int topK) {
    return scored(settings, turn, TinyPolicy.weights(settings, 5).parameters(), topK);
  }

  /** What the weights say of the turn when it is scored by itself, from its event alone. */
  private static TokenScores scored(Settings settings, Turn turn, Parameters parameters, int topK) {
    int[][] tokens = {tokens(turn)};
    try (var scorer = new Scorer(TinyPolicy.spec(settings), 1)) {
      return scorer.score(
          parameters,
          observation(settings, turn),
          tokens,
          new int[] {turn.getThoughtTokens()},
          topK,
          settings.actor().temperature());
    }
  }

  private static int[] tokens(Turn turn) {
    return turn.getTokens().stream().mapToInt(Integer::intValue).toArray();
  }

  private static ObservationBatch observation(Settings settings, Turn turn) {
    PolicySpec spec = TinyPolicy.spec(settings);
    var observations = new ObservationBatch(spec, 1);
    byte[] pixels = new byte[spec.picture().pixels()];
    turn.getObservation().getImage().orElseThrow().duplicate().get(pixels);
    observations.add(
        pixels,
        new Vocabulary(spec.text().words())
            .encodePadded(turn.getObservation().getPrompt(), spec.text().promptTokens()));
    return observations;
  }
}
