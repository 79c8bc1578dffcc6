package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lineage.CheckpointHash;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The learner on a real broker, with a tiny policy: versions are committed whole or not at all, no
 * offset is lost or settled twice, and whoever takes over goes on where the log says.
 */
@Timeout(120)
class LearnerIT {
  private static EmbeddedBroker broker;
  private static Cluster cluster;

  @TempDir Path folder;

  @BeforeAll
  static void startBroker(@TempDir Path data) {
    broker = EmbeddedBroker.start(data);
    cluster = new Cluster(broker.bootstrap());
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void updatesAreCommittedUntilTheRunHasItsTurnsAndEveryOffsetIsAccountedForOnce()
      throws Exception {
    var run = new TestRun(cluster, "accounts", "run.turns=96");
    try (var learner = run.start()) {
      run.awaitVersion(0);
      List<Turn> turns = run.play("a", 0, 240);
      run.publish(turns.subList(0, 40));
      long garbage = run.publishGarbage(0);
      run.publish(turns.subList(0, 3));
      run.publish(turns.subList(40, turns.size()));

      assertThat(learner.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.COMPLETED);
      run.checkLog();
      List<LedgerEntry> ledger = run.read(run.topics.ledger());
      assertThat(leftOut(ledger, LeftOutReason.UNREADABLE))
          .containsExactly(new OffsetRange(0, garbage, garbage));
      assertThat(
              leftOut(ledger, LeftOutReason.REPEATED).stream()
                  .mapToLong(OffsetLedger::length)
                  .sum())
          .isEqualTo(3);
      assertThat(run.read(run.topics.deadLetters()))
          .extracting(DeadLetter::getPartition, DeadLetter::getOffset, DeadLetter::getReader)
          .containsExactly(tuple(0, garbage, "learner"));
      assertThat(run.read(run.topics.metrics()))
          .extracting(Metric::getVersion)
          .startsWith(0L, 1L, 2L);
      run.checkGroupOffsets();
    }
  }

  @Test
  void mergingThatDoesNotFitThePolicyIsRefusedAtTheStart() {
    for (String setting :
        List.of("teacher.ruleSettings=exclude=norn.*", "teacher.shadows=other sma frozen=norn.*")) {
      var run = new TestRun(cluster, "misspelt", setting);

      assertThatThrownBy(() -> run.start().close())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("does not fit the policy: the model has no tensor norn.*; it has");
    }
  }

  @Test
  void aLearnerThatIsTakenOverIsFencedAndNothingIsTrainedOnTwice() throws Exception {
    var run = new TestRun(cluster, "fenced", "run.turns=100000");
    try (var abandoned = run.start()) {
      run.awaitVersion(0);
      List<Turn> turns = run.play("a", 0, 400);
      run.publish(turns.subList(0, 90));
      run.awaitVersion(1);
      try (var next = run.start()) {
        run.awaitResumed();
        run.publish(turns.subList(90, turns.size()));
        run.awaitVersion(4);

        assertThat(abandoned.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.FENCED);
        abandoned.throwIfFailed();
        next.throwIfFailed();
      }
    }
    run.checkLog();
  }

  /** Where thoughts are learned, the lessons of the versions before are found in the log again. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "guidance.kind=none",
        "guidance.kind=sft guidance.thoughts.bufferTurns=70 learner.epochs=2"
      })
  void aRunThatWasInterruptedEndsWithTheSameHashAsOneThatWasNot(
      String guidance, @TempDir Path elsewhere, @TempDir Path blobs) throws Exception {
    List<String> all = new ArrayList<>(List.of(guidance.split(" ")));
    all.addAll(List.of("run.turns=160", "kafka.trajectoryPartitions=1"));
    String[] changes = all.toArray(String[]::new);
    var whole = new TestRun(cluster, "same-" + all.size(), changes);
    List<Turn> turns;
    try (var learner = whole.start()) {
      whole.awaitVersion(0);
      turns = whole.play("a", 0, 400);
      whole.publish(turns);
      assertThat(learner.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.COMPLETED);
    }
    try (var otherBroker = EmbeddedBroker.start(elsewhere)) {
      var interrupted =
          new TestRun(new Cluster(otherBroker.bootstrap()), blobs, "same-" + all.size(), changes);
      TopicAdmin.create(interrupted.cluster, interrupted.topics.all());
      interrupted.publish(turns);
      try (var _ = interrupted.start()) {
        interrupted.awaitVersion(2);
      }
      long stoppedAt = interrupted.newest().getVersion();
      try (var learner = interrupted.start()) {
        interrupted.awaitResumed();
        assertThat(learner.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.COMPLETED);
      }
      interrupted.checkLog();
      assertThat(stoppedAt).isLessThan(interrupted.newest().getVersion());
      assertThat(interrupted.newest().getHash()).isEqualTo(whole.newest().getHash());
    }
  }

  @Test
  void aVersionWhoseTransactionWasNotCommittedIsNotSeen() throws Exception {
    var run = new TestRun(cluster, "uncommitted", "run.turns=32");
    try (var _ = run.start()) {
      run.awaitVersion(0);
    }
    Checkpoint real = run.newest();
    var forged = Checkpoint.newBuilder(real).setVersion(7).build();
    try (var dying = cluster.transactionalProducer(CheckpointLog.id(run.name))) {
      dying.initTransactions();
      dying.beginTransaction();
      dying
          .send(
              new ProducerRecord<>(
                  run.topics.checkpoints().name(),
                  run.name,
                  run.topics.checkpoints().codec().encode(forged)))
          .get();
      assertThat(run.newest().getVersion()).isZero();

      run.publish(run.play("a", 0, 120));
      try (var learner = run.start()) {
        assertThat(learner.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.COMPLETED);
      }
    }
    run.checkLog();
    assertThat(run.read(run.topics.checkpoints())).extracting(Checkpoint::getVersion).contains(1L);
  }

  @Test
  void theTeachersSideOfATurnGuidesItsUpdate() throws Exception {
    var run =
        new TestRun(cluster, "guided", "run.turns=64", "guidance.kind=kl-loss", "guidance.topK=3");
    try (var learner = run.start()) {
      run.awaitVersion(0);
      run.publish(run.play("a", 0, 160));
      assertThat(learner.outcome().get(60, TimeUnit.SECONDS)).isEqualTo(LearnerOutcome.COMPLETED);
    }
    run.checkLog();
    Checkpoint second = run.newest();
    assertThat(second.getVersion()).isEqualTo(2);
    // The teacher is the warm start, which the first update has moved away from.
    assertThat(second.getLosses().get("teacherKl")).isPositive().isLessThan(1);
    assertThat(run.read(run.topics.checkpoints()).get(1).getTensors())
        .isNotEqualTo(second.getTensors());
  }

  private static List<OffsetRange> leftOut(List<LedgerEntry> ledger, LeftOutReason reason) {
    return ledger.stream()
        .flatMap(entry -> entry.getLeftOut().stream())
        .filter(leftOut -> leftOut.getReason() == reason)
        .flatMap(leftOut -> leftOut.getRanges().stream())
        .toList();
  }

  /** A run with its topics and blobs, and what its learners told. */
  private final class TestRun implements LearnerListener {
    private final Cluster cluster;
    private final Path blobs;
    private final String name;
    private final Settings settings;
    private final TopicCatalogue topics;
    private final BlockingQueue<Long> committed = new LinkedBlockingQueue<>();
    private final BlockingQueue<Long> resumed = new LinkedBlockingQueue<>();

    /** What a reader of the log met as the newest version at the moment that it was told of it. */
    private final Map<Long, Long> shown = new ConcurrentHashMap<>();

    TestRun(Cluster cluster, String name, String... changes) {
      this(cluster, folder, name, changes);
    }

    TestRun(Cluster cluster, Path blobs, String name, String... changes) {
      this.cluster = cluster;
      this.blobs = blobs;
      this.name = name;
      String[] all = Arrays.copyOf(changes, changes.length + 1);
      all[changes.length] = "run.name=" + name;
      this.settings = TestSettings.with(all);
      this.topics = new TopicCatalogue(name, settings.kafka().trajectoryPartitions());
    }

    LearnerService start() {
      return LearnerService.start(settings, cluster, new FolderBlobStore(blobs), this);
    }

    @Override
    public void resumed(Checkpoint checkpoint) {
      resumed.add(checkpoint.getVersion());
    }

    @Override
    public void updated(Checkpoint checkpoint, LedgerEntry entry, Map<String, Double> metrics) {
      shown.put(checkpoint.getVersion(), newest().getVersion());
      committed.add(checkpoint.getVersion());
    }

    void awaitVersion(long version) throws InterruptedException {
      Long seen;
      do {
        seen = committed.poll(60, TimeUnit.SECONDS);
        assertThat(seen).as("a version is committed within a minute").isNotNull();
      } while (seen < version);
    }

    void awaitResumed() throws InterruptedException {
      assertThat(resumed.poll(60, TimeUnit.SECONDS)).isNotNull();
    }

    List<Turn> play(String actor, long version, int atLeast) {
      var policy = new WeightBlobs(new FolderBlobStore(blobs)).load(newest());
      return new ScriptedActor(settings, actor).play(policy, version, atLeast);
    }

    void publish(List<Turn> turns) {
      try (var publisher = cluster.publisher(topics.trajectories(), "test")) {
        turns.forEach(turn -> publisher.publish(turn.getEpisodeId(), turn));
      }
    }

    long publishGarbage(int partition) throws Exception {
      var record =
          new ProducerRecord<>(
              topics.trajectories().name(), partition, "key", new byte[] {1, 2, 3});
      try (var producer =
          new KafkaProducer<>(
              cluster.clientConfig("garbage"), new StringSerializer(), new ByteArraySerializer())) {
        return producer.send(record).get().offset();
      }
    }

    Checkpoint newest() {
      return EventReader.latest(cluster, topics.checkpoints()).orElseThrow().value();
    }

    <T extends SpecificRecord> List<T> read(Topic<T> topic) {
      List<T> events = new ArrayList<>();
      try (var reader = EventReader.open(cluster, topic, "test", DeadLetters.logged("test"))) {
        reader.readToEnd(
            received -> {
              if (received instanceof Received.Event<T> event) {
                events.add(event.value());
              }
            });
      }
      return events;
    }

    /**
     * Versions in a chain, each with a ledger entry; each offset settled once, and none forgotten.
     */
    void checkLog() {
      assertThat(shown).as("versions told of, and met in the log then").isNotEmpty();
      assertThat(shown).allSatisfy((told, met) -> assertThat(met).isEqualTo(told));
      List<Checkpoint> checkpoints = read(topics.checkpoints());
      List<LedgerEntry> ledger = read(topics.ledger());
      assertThat(checkpoints)
          .extracting(Checkpoint::getVersion)
          .containsExactlyElementsOf(LongStream.range(0, checkpoints.size()).boxed().toList());
      assertThat(ledger).hasSameSizeAs(checkpoints);
      String parent = "";
      Set<List<Long>> settled = new HashSet<>();
      for (int version = 0; version < checkpoints.size(); version++) {
        Checkpoint checkpoint = checkpoints.get(version);
        LedgerEntry entry = ledger.get(version);
        assertThat(checkpoint.getParentHash()).isEqualTo(parent);
        assertThat(CheckpointHash.of(checkpoint)).isEqualTo(checkpoint.getHash());
        assertThat(entry.getVersion()).isEqualTo(version);
        assertThat(entry.getCheckpointHash()).isEqualTo(checkpoint.getHash());
        assertThat(entry.getTrained()).isEqualTo(checkpoint.getBatch());
        settle(entry.getTrained(), settled);
        entry.getLeftOut().forEach(leftOut -> settle(leftOut.getRanges(), settled));
        parent = checkpoint.getHash();
        assertThat(settled).isEqualTo(settledBy(checkpoint));
      }
    }

    private void settle(List<OffsetRange> ranges, Set<List<Long>> settled) {
      for (OffsetRange range : ranges) {
        for (long offset = range.getFirst(); offset <= range.getLast(); offset++) {
          assertThat(settled.add(List.of((long) range.getPartition(), offset)))
              .as("partition %s offset %s is settled once", range.getPartition(), offset)
              .isTrue();
        }
      }
    }

    private static Set<List<Long>> settledBy(Checkpoint checkpoint) {
      Set<List<Long>> settled = new HashSet<>();
      checkpoint
          .getProgress()
          .forEach(
              progress -> {
                long partition = progress.getPartition();
                LongStream.range(0, progress.getPosition())
                    .forEach(offset -> settled.add(List.of(partition, offset)));
                progress
                    .getSettledAbove()
                    .forEach(
                        range ->
                            LongStream.rangeClosed(range.getFirst(), range.getLast())
                                .forEach(offset -> settled.add(List.of(partition, offset))));
              });
      return settled;
    }

    void checkGroupOffsets() throws Exception {
      Map<TopicPartition, OffsetAndMetadata> offsets;
      try (var admin = cluster.admin("test")) {
        offsets =
            admin
                .listConsumerGroupOffsets(CheckpointLog.id(name))
                .partitionsToOffsetAndMetadata()
                .get();
      }
      newest()
          .getProgress()
          .forEach(
              progress ->
                  assertThat(
                          offsets
                              .get(
                                  new TopicPartition(
                                      topics.trajectories().name(), progress.getPartition()))
                              .offset())
                      .isEqualTo(progress.getPosition()));
    }
  }
}
