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
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lineage.CheckpointHash;
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

  private RunHistory(Cluster cluster, TopicCatalogue topics, Optional<EmbeddedBroker> broker) {
    this.cluster = cluster;
    this.topics = topics;
    this.broker = broker;
  }

  /** Of a run that is not running, opened in its folder. */
  static RunHistory open(Path folder, String run, int trajectoryPartitions) {
    EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"));
    return new RunHistory(
        new Cluster(broker.bootstrap()),
        new TopicCatalogue(run, trajectoryPartitions),
        Optional.of(broker));
  }

  /** Of a run whose broker somebody else has started. */
  static RunHistory on(Cluster cluster, TopicCatalogue topics) {
    return new RunHistory(cluster, topics, Optional.empty());
  }

  @Override
  public void close() {
    broker.ifPresent(EmbeddedBroker::close);
  }

  List<Checkpoint> checkpoints() {
    return values(topics.checkpoints());
  }

  List<Teacher> teachers() {
    return values(topics.teachers());
  }

  List<LedgerEntry> ledger() {
    return values(topics.ledger());
  }

  List<DeadLetter> deadLetters() {
    return values(topics.deadLetters());
  }

  /** The newest that the topic of all runs says. */
  RunStatus status() {
    return values(TopicCatalogue.runs()).getLast().getStatus();
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

  /** Checkpoints and teachers are whole chains, and the ledger has every offset once. */
  void check(int teacherEveryCheckpoints, long maxStalenessVersions) {
    List<Checkpoint> checkpoints = checkpoints();
    List<LedgerEntry> ledger = ledger();
    checkCheckpoints(checkpoints);
    checkTeachers(checkpoints, teacherEveryCheckpoints);
    assertThat(ledger)
        .extracting(LedgerEntry::getVersion)
        .isEqualTo(checkpoints.stream().map(Checkpoint::getVersion).toList());
    assertThat(ledger)
        .extracting(LedgerEntry::getCheckpointHash)
        .isEqualTo(checkpoints.stream().map(Checkpoint::getHash).toList());
    assertThat(ledger)
        .extracting(LedgerEntry::getTrained)
        .isEqualTo(checkpoints.stream().map(Checkpoint::getBatch).toList());
    checkEveryOffsetIsSettledOnce(checkpoints.getLast(), ledger);
    checkTrainedTurns(checkpoints.getLast(), ledger, maxStalenessVersions);
  }

  private static void checkCheckpoints(List<Checkpoint> checkpoints) {
    String parent = "";
    for (int version = 0; version < checkpoints.size(); version++) {
      Checkpoint checkpoint = checkpoints.get(version);
      assertThat(checkpoint.getVersion()).isEqualTo(version);
      assertThat(checkpoint.getParentHash()).isEqualTo(parent);
      assertThat(checkpoint.getHash()).isEqualTo(CheckpointHash.of(checkpoint));
      parent = checkpoint.getHash();
    }
  }

  private void checkTeachers(List<Checkpoint> checkpoints, int every) {
    List<Teacher> teachers = teachers();
    String parent = "";
    for (int number = 0; number < teachers.size(); number++) {
      Teacher teacher = teachers.get(number);
      assertThat(teacher.getVersion()).isEqualTo((long) number * every);
      assertThat(teacher.getParentHash()).isEqualTo(parent);
      String merged = checkpoints.get(number * every).getHash();
      assertThat(teacher.getInputs())
          .filteredOn(input -> input.getKind() == TeacherInputKind.CHECKPOINT)
          .singleElement()
          .satisfies(input -> assertThat(input.getHash()).isEqualTo(merged));
      parent = teacher.getHash();
    }
  }

  private static void checkEveryOffsetIsSettledOnce(Checkpoint newest, List<LedgerEntry> ledger) {
    var settled = new TreeMap<Integer, List<Long>>();
    for (LedgerEntry entry : ledger) {
      entry.getTrained().forEach(range -> add(range, settled));
      for (LeftOut leftOut : entry.getLeftOut()) {
        leftOut.getRanges().forEach(range -> add(range, settled));
      }
    }
    settled.values().forEach(offsets -> offsets.sort(null));
    for (PartitionProgress progress : newest.getProgress()) {
      var expected = new ArrayList<>(LongStream.range(0, progress.getPosition()).boxed().toList());
      progress.getSettledAbove().forEach(range -> expected.addAll(offsets(range)));
      assertThat(settled.getOrDefault(progress.getPartition(), List.of()))
          .as("settled offsets of partition " + progress.getPartition())
          .isEqualTo(expected);
    }
    assertThat(settled.values().stream().mapToLong(List::size).sum()).isPositive();
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

  private static void add(OffsetRange range, Map<Integer, List<Long>> to) {
    to.computeIfAbsent(range.getPartition(), _ -> new ArrayList<>()).addAll(offsets(range));
  }

  private static List<Long> offsets(OffsetRange range) {
    return LongStream.rangeClosed(range.getFirst(), range.getLast()).boxed().toList();
  }
}
