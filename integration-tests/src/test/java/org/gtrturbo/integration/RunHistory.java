package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lineage.ChainCheck;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.lineage.TrajectoryCheck;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;

/** The log of a run. */
final class RunHistory implements AutoCloseable {
  private final Cluster cluster;
  private final TopicCatalogue topics;
  private final Optional<EmbeddedBroker> broker;
  private final RecordedRun run;

  private RunHistory(RecordedRun run, Optional<EmbeddedBroker> broker) {
    this.run = run;
    this.cluster = run.cluster();
    this.topics = run.topics();
    this.broker = broker;
  }

  /** Of a run that is not running, opened in its folder. */
  static RunHistory open(Path folder, String run, int trajectoryPartitions) {
    EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"));
    return new RunHistory(
        new RecordedRun(
            new Cluster(broker.bootstrap()),
            new TopicCatalogue(run, trajectoryPartitions),
            new FolderBlobStore(folder.resolve("blobs"))),
        Optional.of(broker));
  }

  /** Of a run whose broker somebody else has started, and whose blobs nobody asks for. */
  static RunHistory on(Cluster cluster, TopicCatalogue topics) {
    return new RunHistory(
        new RecordedRun(cluster, topics, new FolderBlobStore(Path.of("no-blobs"))),
        Optional.empty());
  }

  @Override
  public void close() {
    broker.ifPresent(EmbeddedBroker::close);
  }

  List<Checkpoint> checkpoints() {
    return run.checkpoints();
  }

  List<Teacher> teachers() {
    return run.teachers();
  }

  List<LedgerEntry> ledger() {
    return run.ledger();
  }

  List<DeadLetter> deadLetters() {
    return values(topics.deadLetters());
  }

  /** The newest that the topic of all runs says. */
  RunStatus status() {
    return values(TopicCatalogue.runs()).getLast().getStatus();
  }

  /** The run that it replays; empty where it replays none. */
  String replayOf() {
    return run.description().orElseThrow().getReplayOf();
  }

  CopiedLog copy() {
    return CopiedLog.read(cluster, topics);
  }

  String trajectories() {
    return topics.trajectories().name();
  }

  /** Puts bytes that are no turn on a partition of the trajectories; their offset. */
  long publishGarbage(int partition) throws Exception {
    byte[] garbage = {1, 2, 3};
    try (var producer =
        new KafkaProducer<>(
            cluster.clientConfig("garbage"), new StringSerializer(), new ByteArraySerializer())) {
      return producer
          .send(new ProducerRecord<>(trajectories(), partition, "no-turn", garbage))
          .get()
          .offset();
    }
  }

  /** Every turn by partition and offset, both rising. */
  Map<Integer, Map<Long, Turn>> turns() {
    var turns = new TreeMap<Integer, Map<Long, Turn>>();
    read(topics.trajectories())
        .forEach(
            received -> {
              if (received instanceof Received.Event<Turn> event) {
                turns
                    .computeIfAbsent(event.partition(), _ -> new TreeMap<>())
                    .put(event.offset(), event.value());
              }
            });
    return turns;
  }

  private <T extends SpecificRecord> List<T> values(Topic<T> topic) {
    var values = new ArrayList<T>();
    for (Received<T> received : read(topic)) {
      if (received instanceof Received.Event<T> event) {
        values.add(event.value());
      }
    }
    return values;
  }

  private <T extends SpecificRecord> List<Received<T>> read(Topic<T> topic) {
    var all = new ArrayList<Received<T>>();
    try (var reader = EventReader.open(cluster, topic, "history", DeadLetters.logged("history"))) {
      reader.readToEnd(all::add);
    }
    return all;
  }

  /**
   * Checkpoints and teachers are whole chains, the ledger has every offset once, and the records
   * are those that it speaks of.
   */
  void check(int teacherEveryCheckpoints, long maxStalenessVersions) {
    List<Checkpoint> checkpoints = checkpoints();
    List<LedgerEntry> ledger = ledger();
    assertThat(ChainCheck.checkpoints(checkpoints, ledger)).isEmpty();
    checkTeachers(checkpoints, teacherEveryCheckpoints);
    var records = new TrajectoryCheck(trajectories(), ledger, checkpoints.getLast());
    run.readTrajectories(records);
    assertThat(records.findings()).isEmpty();
    assertThat(records.compared()).isPositive();
    checkTrainedTurns(checkpoints.getLast(), ledger, maxStalenessVersions);
  }

  private void checkTeachers(List<Checkpoint> checkpoints, int every) {
    List<Teacher> teachers = teachers();
    assertThat(ChainCheck.teachers(teachers, checkpoints)).isEmpty();
    for (int number = 0; number < teachers.size(); number++) {
      Teacher teacher = teachers.get(number);
      assertThat(teacher.getVersion()).isEqualTo((long) number * every);
      assertThat(teacher.getInputs())
          .filteredOn(input -> input.getKind() == TeacherInputKind.CHECKPOINT)
          .extracting(TeacherInput::getVersion)
          .containsExactly(teacher.getVersion());
    }
  }

  private void checkTrainedTurns(
      Checkpoint newest, List<LedgerEntry> ledger, long maxStalenessVersions) {
    Map<Integer, Map<Long, Turn>> turns = turns();
    long trained = 0;
    for (LedgerEntry entry : ledger) {
      for (OffsetRange range : entry.getTrained()) {
        for (long offset : offsets(range)) {
          Turn turn =
              Optional.ofNullable(turns.getOrDefault(range.getPartition(), Map.of()).get(offset))
                  .orElseThrow(() -> new AssertionError(range + " was trained on and is no turn"));
          assertThat(entry.getVersion() - 1 - turn.getPolicyVersion())
              .as("staleness of offset " + offset + " of partition " + range.getPartition())
              .isBetween(0L, maxStalenessVersions);
          trained++;
        }
      }
    }
    assertThat(trained).isEqualTo(newest.getTurnsTrained());
  }

  static List<OffsetRange> leftOut(List<LedgerEntry> ledger, LeftOutReason reason) {
    return ledger.stream()
        .flatMap(entry -> entry.getLeftOut().stream())
        .filter(leftOut -> leftOut.getReason() == reason)
        .flatMap(leftOut -> leftOut.getRanges().stream())
        .toList();
  }

  /** Where the first chunk of a checkpoint's first tensor lies. */
  static Path firstChunk(Path folder, Checkpoint checkpoint) {
    BlobRef chunk = checkpoint.getTensors().getFirst().getChunks().getFirst();
    String hash = chunk.getSha256();
    return folder
        .resolve("blobs")
        .resolve("sha256")
        .resolve(hash.substring(0, 2))
        .resolve(hash.substring(2));
  }

  private static List<Long> offsets(OffsetRange range) {
    return LongStream.rangeClosed(range.getFirst(), range.getLast()).boxed().toList();
  }
}
