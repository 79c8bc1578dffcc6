package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherScore;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lineage.ChainCheck;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.lineage.TrajectoryCheck;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.TokenScores;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The learner on what a real learner has recorded on a real broker: with the same settings it makes
 * the same versions, with others it is guided by the replay's own teachers and by no newer ones
 * than there were then.
 */
@Timeout(120)
class ReplayedLearnerIT {
  private static final int TOP_K = 3;
  private static final String[] RECORDED = {
    "run.turns=160", "guidance.kind=kl-loss", "guidance.topK=" + TOP_K, "teacher.everyCheckpoints=2"
  };
  private static final String OTHER = "teacher.rule=sma";

  private static EmbeddedBroker broker;
  private static Cluster cluster;
  private static BlobStore blobs;
  private static RecordedRun recorded;

  @TempDir Path folder;

  /** Five updates of 32 turns, every turn scored by teacher 0. */
  @BeforeAll
  static void recordARun(@TempDir Path data, @TempDir Path recordedBlobs) throws Exception {
    broker = EmbeddedBroker.start(data);
    cluster = new Cluster(broker.bootstrap());
    blobs = new FolderBlobStore(recordedBlobs);
    Settings settings = settings("recorded");
    recorded = new RecordedRun(cluster, topics(settings), blobs);
    var told = new Told();
    try (var learner = LearnerService.start(settings, cluster, blobs, told)) {
      told.awaitVersion(0);
      var warmStart = new WeightBlobs(blobs).load(recorded.checkpoints().getFirst());
      try (var publisher = cluster.publisher(topics(settings).trajectories(), "test")) {
        new ScriptedActor(settings, "actor")
            .play(warmStart, 0, 400)
            .forEach(turn -> publisher.publish(turn.getEpisodeId(), turn));
      }
      assertThat(learner.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.COMPLETED);
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void theSameSettingsMakeTheSameVersionsWithoutAnyTeacher() throws Exception {
    var replay = new Replay("same");

    assertThat(replay.toItsEnd()).isEqualTo(LearnerOutcome.COMPLETED);

    assertThat(replay.hashes()).isEqualTo(hashes(recorded)).hasSizeGreaterThanOrEqualTo(6);
    assertThat(replay.log.ledger())
        .extracting(LedgerEntry::getTrained)
        .isEqualTo(recorded.ledger().stream().map(LedgerEntry::getTrained).toList());
    replay.check();
  }

  @Test
  void aReplayThatIsInterruptedGoesOnFromItsLastVersionToTheSameEnd() throws Exception {
    var replay = new Replay("interrupted");
    var held = new CountDownLatch(1);
    replay.told.holdVersion(2, held);
    try (var learner = replay.start()) {
      replay.told.awaitVersion(2);
      Thread closing = Thread.ofPlatform().start(learner::close);
      await().until(() -> closing.getState() == Thread.State.WAITING);
      held.countDown();
      assertThat(learner.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.STOPPED);
      closing.join();
    }
    assertThat(replay.hashes()).isEqualTo(hashes(recorded).subList(0, 3));

    assertThat(replay.toItsEnd()).isEqualTo(LearnerOutcome.COMPLETED);

    assertThat(replay.told.resumed).containsExactly(2L);
    assertThat(replay.hashes()).isEqualTo(hashes(recorded));
    replay.check();
  }

  @Test
  void otherSettingsMakeOtherVersionsOfTheSameTurns() throws Exception {
    var replay = new Replay("other", OTHER);
    replay.publishTeacher(0, 7);

    assertThat(replay.toItsEnd()).isEqualTo(LearnerOutcome.COMPLETED);

    List<Checkpoint> before = recorded.checkpoints();
    List<Checkpoint> after = replay.log.checkpoints();
    assertThat(after).hasSameSizeAs(before);
    assertThat(after.getFirst().getTensors()).isEqualTo(before.getFirst().getTensors());
    for (int version = 1; version < before.size(); version++) {
      assertThat(after.get(version).getBatch()).isEqualTo(before.get(version).getBatch());
      assertThat(after.get(version).getLedgerDigest())
          .isEqualTo(before.get(version).getLedgerDigest());
      assertThat(after.get(version).getHash()).isNotEqualTo(before.get(version).getHash());
      assertThat(after.get(version).getTensors()).isNotEqualTo(before.get(version).getTensors());
    }
    assertThat(after.get(1).getLosses().get("teacherKl"))
        .as("to a teacher that is nothing like the warm start, which guided the recorded run")
        .isGreaterThan(10 * before.get(1).getLosses().get("teacherKl"));
    replay.check();
  }

  @Test
  void itWaitsForATeacherAndGoesOnWhenItComes() throws Exception {
    var replay = new Replay("waits", OTHER);
    try (var learner = replay.start()) {
      replay.awaitThatItWaitsForATeacher();
      assertThat(replay.log.checkpoints()).hasSize(1);

      replay.publishTeacher(0, 7);

      assertThat(learner.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.COMPLETED);
    }
    assertThat(replay.log.checkpoints()).hasSameSizeAs(recorded.checkpoints());
  }

  @Test
  void itStopsAtOnceWhileItWaitsForATeacher() throws Exception {
    var replay = new Replay("stops", OTHER);
    LearnerService learner = replay.start();
    try {
      replay.awaitThatItWaitsForATeacher();
    } finally {
      learner.close();
    }
    assertThat(learner.outcome()).isCompletedWithValue(LearnerOutcome.STOPPED);
    assertThat(replay.log.checkpoints()).hasSize(1);
  }

  @Test
  void aTurnIsScoredByTheNewestTeacherThatIsNoNewerThanTheOneThatScoredItThen() throws Exception {
    var replay = new Replay("scores", OTHER);
    replay.publishTeacher(0, 10);
    replay.publishTeacher(2, 12);
    replay.publishTeacher(4, 14);
    List<Turn> turns = recordedTurns().subList(0, 6);
    List<Turn> scoredThen =
        List.of(
            scoredBy(turns.get(0), 3),
            scoredBy(turns.get(1), 0),
            scoredBy(turns.get(2), 4),
            scoredBy(turns.get(3), 2),
            scoredBy(turns.get(4), 1),
            Turn.newBuilder(turns.get(5)).clearTeacher().setPolicyVersion(5).build());

    List<Turn> guided;
    try (var teachers = ReplayedTeachers.of(replay.settings, replay.spec, cluster, replay.blobs)) {
      guided = teachers.guide(scoredThen);
    }

    List<Long> expected = List.of(2L, 0L, 4L, 2L, 0L, 4L);
    assertThat(guided)
        .extracting(turn -> turn.getTeacher().orElseThrow().getVersion())
        .isEqualTo(expected);
    for (int place = 0; place < guided.size(); place++) {
      Turn turn = guided.get(place);
      assertThat(turn.getEpisodeId()).isEqualTo(turns.get(place).getEpisodeId());
      assertThat(turn.getTokens()).isEqualTo(turns.get(place).getTokens());
      assertThat(logProbs(turn))
          .as("turn " + place)
          .usingComparatorWithPrecision(1e-4f)
          .containsExactly(replay.scores(turns.get(place), 10 + expected.get(place)).logProbs()[0]);
    }
  }

  @Test
  void aTeacherThatIsMadeAnewScoresInThePlaceOfTheOneOfItsVersion() throws Exception {
    var replay = new Replay("revised", OTHER);
    replay.publishTeacher(0, 10);
    Turn turn = scoredBy(recordedTurns().getFirst(), 0);

    try (var teachers = ReplayedTeachers.of(replay.settings, replay.spec, cluster, replay.blobs)) {
      assertThat(logProbs(teachers.guide(List.of(turn)).getFirst()))
          .usingComparatorWithPrecision(1e-4f)
          .containsExactly(replay.scores(turn, 10).logProbs()[0]);

      replay.publishTeacher(0, 11);

      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(logProbs(teachers.guide(List.of(turn)).getFirst()))
                      .usingComparatorWithPrecision(1e-4f)
                      .containsExactly(replay.scores(turn, 11).logProbs()[0]));
    }
  }

  @Test
  void itDoesNotWaitForATeacherThatTheRuleDoesNotMake() throws Exception {
    var replay =
        new Replay("runs-out", "teacher.rule=linear", "teacher.ruleSettings=weights=2:1,4:1,8:1");
    replay.publishTeacher(0, 10);
    replay.publishTeacher(2, 12);
    replay.publishTeacher(4, 14);
    List<Turn> turns = recordedTurns().subList(0, 2);

    try (var teachers = ReplayedTeachers.of(replay.settings, replay.spec, cluster, replay.blobs)) {
      assertThat(
              teachersOf(
                  teachers.guide(List.of(scoredBy(turns.get(0), 2), scoredBy(turns.get(1), 7)))))
          .containsExactly(2L, 4L);
    }
  }

  @Test
  void itDoesNotWaitForTheTeacherOfACheckpointThatIsQuarantined() throws Exception {
    var replay = new Replay("quarantined", OTHER);
    replay.publishTeacher(0, 10);
    replay.publishTeacher(2, 12);
    List<Turn> turns = recordedTurns().subList(0, 1);

    try (var teachers = ReplayedTeachers.of(replay.settings, replay.spec, cluster, replay.blobs)) {
      var guided =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return teachers.guide(List.of(scoredBy(turns.getFirst(), 5)));
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(guided).failsWithin(Duration.ofSeconds(2));

      replay.quarantine(4);

      assertThat(guided).succeedsWithin(Duration.ofSeconds(30));
      assertThat(teachersOf(guided.get())).containsExactly(2L);
    }
  }

  private static List<Long> teachersOf(List<Turn> turns) {
    return turns.stream().map(turn -> turn.getTeacher().orElseThrow().getVersion()).toList();
  }

  @Test
  void anUpdateThatIsComputedAgainHasTheRecordedHash() throws Exception {
    for (long version : List.of(1L, 3L)) {
      assertThat(RecordedUpdate.recompute(settings("recorded"), recorded, recorded, version))
          .isEqualTo(hashes(recorded).get((int) version));
    }
    assertThatThrownBy(
            () -> RecordedUpdate.recompute(settings("recorded"), recorded, recorded, 100))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void aRunWithoutAVersionCannotBeReplayed() {
    Settings empty = settings("empty");
    TopicAdmin.create(cluster, topics(empty).all());
    var nothing = new RecordedRun(cluster, topics(empty), blobs);

    assertThatThrownBy(
            () ->
                LearnerService.replay(
                    settings("of-nothing"), cluster, blobs, nothing, LearnerListener.none()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("run empty has no checkpoint");
  }

  private static Settings settings(String name, String... changes) {
    List<String> all = new ArrayList<>(List.of(RECORDED));
    all.addAll(List.of(changes));
    all.add("run.name=" + name);
    return TestSettings.with(all.toArray(String[]::new));
  }

  private static TopicCatalogue topics(Settings settings) {
    return new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
  }

  private static List<String> hashes(RecordedRun run) {
    return run.checkpoints().stream().map(Checkpoint::getHash).toList();
  }

  private static List<Turn> recordedTurns() {
    try (var turns = recorded.turns(Map.of(0, 0L, 1, 0L))) {
      return turns.take(recorded.ledger().get(1)).stream().map(each -> each.value()).toList();
    }
  }

  private static Turn scoredBy(Turn turn, long teacher) {
    TeacherScore score =
        TeacherScore.newBuilder(turn.getTeacher().orElseThrow()).setVersion(teacher).build();
    return Turn.newBuilder(turn).setTeacher(score).build();
  }

  private static float[] logProbs(Turn turn) {
    var numbers =
        turn.getTeacher()
            .orElseThrow()
            .getLogProbs()
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    float[] logProbs = new float[numbers.remaining()];
    numbers.get(logProbs);
    return logProbs;
  }

  /** What a learner told. */
  private static final class Told implements LearnerListener {
    private final BlockingQueue<Long> committed = new LinkedBlockingQueue<>();
    private final BlockingQueue<Long> resumed = new LinkedBlockingQueue<>();
    private long heldVersion = -1;
    private CountDownLatch held = new CountDownLatch(0);

    /** The learner does not go on from this version before the latch is open. */
    void holdVersion(long version, CountDownLatch until) {
      heldVersion = version;
      held = until;
    }

    @Override
    public void resumed(Checkpoint checkpoint) {
      resumed.add(checkpoint.getVersion());
    }

    @Override
    public void updated(Checkpoint checkpoint, LedgerEntry entry, Map<String, Double> metrics) {
      committed.add(checkpoint.getVersion());
      if (checkpoint.getVersion() == heldVersion) {
        try {
          held.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    void awaitVersion(long version) throws InterruptedException {
      Long seen;
      do {
        seen = committed.poll(60, TimeUnit.SECONDS);
        assertThat(seen).as("a version is committed within a minute").isNotNull();
      } while (seen < version);
    }
  }

  /** A replay whose merger is the test itself. */
  private final class Replay {
    private final Settings settings;
    private final PolicySpec spec;
    private final BlobStore blobs;
    private final RecordedRun log;
    private final Told told = new Told();

    Replay(String name, String... changes) {
      this.settings = settings(name, changes);
      this.spec = LearnerService.spec(settings, recorded);
      this.blobs = new FolderBlobStore(folder);
      this.log = new RecordedRun(cluster, topics(settings), blobs);
      TopicAdmin.create(cluster, topics(settings).all());
    }

    LearnerService start() {
      return LearnerService.replay(settings, cluster, blobs, recorded, told);
    }

    LearnerOutcome toItsEnd() throws Exception {
      try (var learner = start()) {
        return learner.outcome().get(60, TimeUnit.SECONDS);
      }
    }

    List<String> hashes() {
      return ReplayedLearnerIT.hashes(log);
    }

    /** Whatever was learned, its chain is whole and the recorded records are those trained on. */
    void check() {
      List<Checkpoint> checkpoints = log.checkpoints();
      assertThat(ChainCheck.checkpoints(checkpoints, log.ledger())).isEmpty();
      var records =
          new TrajectoryCheck(
              recorded.topics().trajectories().name(), log.ledger(), checkpoints.getLast());
      recorded.readTrajectories(records);
      assertThat(records.findings()).isEmpty();
      assertThat(records.compared()).isPositive();
    }

    void publishTeacher(long version, long seed) {
      var weights = new WeightBlobs(blobs);
      try (var publisher = cluster.publisher(log.topics().teachers(), "test")) {
        publisher.publish(
            log.name(),
            Teacher.newBuilder()
                .setRun(log.name())
                .setVersion(version)
                .setHash("of seed " + seed)
                .setParentHash("")
                .setRule("sma")
                .setRuleSettings(Map.of())
                .setMerged(version)
                .setInputs(List.of())
                .setPolicy(weights.storeSpec(spec))
                .setTensors(weights.storeParameters(parameters(seed)))
                .setOnnx(new BlobRef("", 0L))
                .setCreatedAt(Instant.now())
                .build());
      }
    }

    void quarantine(long checkpoint) {
      try (var publisher = cluster.publisher(log.topics().decisions(), "test")) {
        publisher.publish(
            log.name(),
            Decision.newBuilder()
                .setRun(log.name())
                .setKind(DecisionKind.QUARANTINE)
                .setCheckpoint(checkpoint)
                .setReason("as the test says")
                .setBy("merger")
                .setAt(Instant.now())
                .build());
      }
    }

    TokenScores scores(Turn turn, long seed) {
      var inputs = new TurnInputs(spec);
      var observations = new ObservationBatch(spec, 1);
      observations.add(TurnInputs.pixels(turn), inputs.prompt(turn));
      try (var scorer = new Scorer(spec, 1)) {
        return scorer.score(
            parameters(seed),
            observations,
            new int[][] {TurnInputs.tokens(turn)},
            new int[] {turn.getThoughtTokens()},
            TOP_K,
            settings.actor().temperature());
      }
    }

    private Parameters parameters(long seed) {
      return VisionLanguageModel.initialise(spec, seed);
    }

    void awaitThatItWaitsForATeacher() throws InterruptedException {
      told.awaitVersion(0);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  Thread.getAllStackTraces().entrySet().stream()
                      .filter(each -> each.getKey().getName().equals("learner-" + log.name()))
                      .filter(each -> each.getKey().getState() == Thread.State.TIMED_WAITING)
                      .flatMap(each -> Arrays.stream(each.getValue()))
                      .anyMatch(
                          frame ->
                              frame.getClassName().equals(ReplayedTeachers.class.getName())
                                  && frame.getMethodName().equals("await")));
    }
  }
}
