package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.gtrturbo.lineage.SmallRuns.digest;
import static org.gtrturbo.lineage.SmallRuns.entry;
import static org.gtrturbo.lineage.SmallRuns.leftOut;
import static org.gtrturbo.lineage.SmallRuns.range;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.SeenObservation;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.kafka.RecordDigest;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Turns are taken from a real log as the ledger names them, whatever the order in which they lie
 * there, and only if they are those that were trained on.
 */
@Timeout(60)
class RecordedTurnsTest {
  private static final AtomicInteger RUNS = new AtomicInteger();
  private static final byte[] GARBAGE = {1, 2, 3};

  private static EmbeddedBroker broker;
  private static Cluster cluster;

  private TopicCatalogue topics;
  private RecordedRun run;

  @BeforeAll
  static void startBroker(@TempDir Path data) {
    broker = EmbeddedBroker.start(data);
    cluster = new Cluster(broker.bootstrap());
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** Six turns on partition 0, three on partition 1. */
  @BeforeEach
  void recordARun(@TempDir Path blobs) throws Exception {
    topics = new TopicCatalogue("recorded-" + RUNS.incrementAndGet(), 2);
    TopicAdmin.create(cluster, topics.all());
    run = new RecordedRun(cluster, topics, new FolderBlobStore(blobs));
    for (int offset = 0; offset < 6; offset++) {
      publish(0, bytes(0, offset));
    }
    for (int offset = 0; offset < 3; offset++) {
      publish(1, bytes(1, offset));
    }
  }

  @Test
  void turnsComeInTheOrderOfTheManifest() {
    try (RecordedTurns turns = run.turns(fromTheBeginning())) {
      List<Received.Event<Turn>> taken =
          turns.take(trained(1, range(1, 2, 2), range(0, 3, 4), range(1, 0, 0), range(0, 0, 0)));

      assertThat(taken)
          .extracting(Received::partition, Received::offset)
          .containsExactly(tuple(1, 2L), tuple(0, 3L), tuple(0, 4L), tuple(1, 0L), tuple(0, 0L));
      assertThat(taken)
          .extracting(each -> each.value().getEpisodeId())
          .containsExactly("1@2", "0@3", "0@4", "1@0", "0@0");
    }
  }

  @Test
  void anEpisodeThatWasOpenWhenOthersWereTakenIsStillThereForALaterEntry() {
    try (RecordedTurns turns = run.turns(fromTheBeginning())) {
      assertThat(turns.take(trained(1, range(0, 0, 0), range(0, 2, 2), range(0, 5, 5))))
          .extracting(Received::offset)
          .containsExactly(0L, 2L, 5L);
      assertThat(turns.take(trained(2, range(1, 1, 1))))
          .extracting(Received::partition)
          .containsExactly(1);
      assertThat(turns.take(trained(3, range(0, 1, 1), range(0, 3, 4), range(1, 0, 0))))
          .extracting(Received::partition, Received::offset)
          .containsExactly(tuple(0, 1L), tuple(0, 3L), tuple(0, 4L), tuple(1, 0L));
    }
  }

  @Test
  void whatWasLeftOutIsNotTakenAgain() {
    LedgerEntry first =
        LedgerEntry.newBuilder(trained(1, range(0, 0, 0), range(0, 3, 3)))
            .setLeftOut(
                List.of(
                    leftOut(
                        LeftOutReason.STALE,
                        List.of(range(0, 1, 2)),
                        List.of(RecordDigest.of(bytes(0, 1)), RecordDigest.of(bytes(0, 2))))))
            .build();
    try (RecordedTurns turns = run.turns(fromTheBeginning())) {
      assertThat(turns.take(first)).extracting(Received::offset).containsExactly(0L, 3L);

      assertThatThrownBy(() -> turns.take(trained(2, range(0, 2, 2))))
          .isInstanceOf(TamperedLogException.class);
    }
  }

  @Test
  void readingGoesOnInTheMiddle() {
    try (RecordedTurns turns = run.turns(Map.of(0, 4L, 1, 1L))) {
      assertThat(turns.take(trained(7, range(0, 4, 5), range(1, 1, 2))))
          .extracting(Received::partition, Received::offset)
          .containsExactly(tuple(0, 4L), tuple(0, 5L), tuple(1, 1L), tuple(1, 2L));
    }
  }

  @Test
  void entriesOfBeforeThereWereDigestsAreTakenByTheirOffsets() {
    LedgerEntry old =
        LedgerEntry.newBuilder(trained(1, range(0, 0, 1)))
            .setTrainedDigests(ByteBuffer.allocate(0))
            .build();
    try (RecordedTurns turns = run.turns(fromTheBeginning())) {
      assertThat(turns.take(old)).hasSize(2);
    }
  }

  @Test
  void anotherRecordThanTheOneTrainedOnIsRefusedWithItsPlace() {
    RecordDigest then = digest("another turn");
    LedgerEntry entry =
        entry(4, List.of(range(0, 0, 1)), List.of(RecordDigest.of(bytes(0, 0)), then)).build();
    try (RecordedTurns turns = run.turns(fromTheBeginning())) {
      assertThatThrownBy(() -> turns.take(entry))
          .isInstanceOf(TamperedLogException.class)
          .hasMessage(
              place(0, 1)
                  + ": the record is not the one that version 4 was trained on; its digest is "
                  + RecordDigest.of(bytes(0, 1))
                  + ", the ledger's "
                  + then);
    }
  }

  @Test
  void aRecordBehindTheLogsEndIsRefusedWithItsPlace() {
    try (RecordedTurns turns = run.turns(fromTheBeginning())) {
      assertThatThrownBy(() -> turns.take(trained(4, range(1, 1, 4))))
          .isInstanceOf(TamperedLogException.class)
          .hasMessage(place(1, 4) + ": version 4 was trained on this record, the log ends at 3");
    }
  }

  @Test
  void aRecordThatIsNoLongerKeptIsRefusedWithItsPlace() throws Exception {
    try (var admin = cluster.admin("test")) {
      var partition = new TopicPartition(topics.trajectories().name(), 0);
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2))).all().get();
    }
    try (RecordedTurns turns = run.turns(fromTheBeginning())) {
      assertThatThrownBy(() -> turns.take(trained(4, range(0, 1, 3))))
          .isInstanceOf(TamperedLogException.class)
          .hasMessage(
              place(0, 1) + ": version 4 was trained on this record, the log has none there");
    }
  }

  @Test
  void aRecordThatIsNoTurnIsRefusedWithItsPlace() throws Exception {
    publish(0, GARBAGE);
    LedgerEntry entry =
        entry(4, List.of(range(0, 6, 6)), List.of(RecordDigest.of(GARBAGE))).build();
    try (RecordedTurns turns = run.turns(fromTheBeginning())) {
      assertThatThrownBy(() -> turns.take(entry))
          .isInstanceOf(TamperedLogException.class)
          .hasMessageStartingWith(
              place(0, 6) + ": version 4 was trained on this record, which cannot be read: ");
    }
  }

  @Test
  void aCheckIsShownEveryRecordWithItsDigest() throws Exception {
    publish(0, GARBAGE);
    var all = List.of(range(0, 0, 5), range(1, 0, 2));
    var check =
        new TrajectoryCheck(
            topics.trajectories().name(),
            List.of(trained(1, all.toArray(OffsetRange[]::new))),
            SmallRuns.checkpoint(1).build());

    run.readTrajectories(check);

    assertThat(check.findings()).isEmpty();
    assertThat(check.compared()).isEqualTo(9);
    assertThat(check.waiting()).isEqualTo(1);
  }

  private static Map<Integer, Long> fromTheBeginning() {
    return Map.of(0, 0L, 1, 0L);
  }

  private LedgerEntry trained(long version, OffsetRange... ranges) {
    List<RecordDigest> digests = new ArrayList<>();
    for (OffsetRange range : ranges) {
      for (long offset = range.getFirst(); offset <= range.getLast(); offset++) {
        digests.add(RecordDigest.of(bytes(range.getPartition(), offset)));
      }
    }
    return entry(version, List.of(ranges), digests).build();
  }

  private String place(int partition, long offset) {
    return topics.trajectories().name() + "-" + partition + "@" + offset;
  }

  private byte[] bytes(int partition, long offset) {
    return topics.trajectories().codec().encode(turn(partition + "@" + offset));
  }

  private void publish(int partition, byte[] value) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            cluster.clientConfig("test"), new StringSerializer(), new ByteArraySerializer())) {
      producer
          .send(new ProducerRecord<>(topics.trajectories().name(), partition, "key", value))
          .get();
    }
  }

  private static Turn turn(String episode) {
    return Turn.newBuilder()
        .setEpisodeId(episode)
        .setTurnIndex(0)
        .setEnvironment("numberline")
        .setEnvironmentSeed(1)
        .setActorId("actor")
        .setPolicyVersion(0)
        .setObservation(
            SeenObservation.newBuilder()
                .setWidth(1)
                .setHeight(1)
                .setChannels(1)
                .setImage(ByteBuffer.wrap(new byte[1]))
                .setPrompt("")
                .build())
        .setTokens(List.of(1))
        .setThoughtTokens(0)
        .setLogProbs(ByteBuffer.wrap(new byte[4]))
        .setThoughtEntropy(0)
        .setActionEntropy(0)
        .setValueEstimate(0)
        .setAction("+")
        .setFormatted(true)
        .setLegal(true)
        .setReward(0)
        .setTerminated(true)
        .setTruncated(false)
        .setPlayedAt(Instant.EPOCH)
        .build();
  }
}
