package org.gtrturbo.platform.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.gtrturbo.events.EventCodec;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Topics, publishing, and what is said when no broker answers. */
@Timeout(60)
class ClusterTest {
  private final Cluster cluster = TestBroker.cluster();

  @Test
  void aRunningClusterPassesTheCheck() {
    assertThatCode(() -> cluster.check(Duration.ofSeconds(30))).doesNotThrowAnyException();
  }

  @Test
  void clientsAreLoadedWhereNoClusterIsKnown() {
    assertThatCode(Cluster::loadClients).doesNotThrowAnyException();
  }

  @Test
  void anUnreachableBrokerIsNamedWithWhatToDo() throws IOException {
    int closed;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    var nobody = new Cluster("localhost:" + closed);

    assertThatThrownBy(() -> nobody.check(Duration.ofMillis(300)))
        .isInstanceOf(UnreachableClusterException.class)
        .hasMessage(
            "no Kafka broker answers at localhost:"
                + closed
                + " within 300 ms; start the cluster, correct kafka.bootstrap, or leave"
                + " kafka.bootstrap out for a broker inside this process");
  }

  @Test
  void aBootstrapThatIsNoAddressIsNamedToo() {
    assertThatThrownBy(() -> new Cluster("no-port").check(Duration.ofMillis(300)))
        .isInstanceOf(UnreachableClusterException.class)
        .hasMessageContaining("no-port");
  }

  @Test
  void creatingTopicsAgainChangesNothing() {
    TopicCatalogue run = TestBroker.newRun();

    assertThatCode(() -> TopicAdmin.create(cluster, run.all())).doesNotThrowAnyException();
  }

  @Test
  void topicsAreCreatedWithTheirPartitionsAndRetention() throws Exception {
    TopicCatalogue run = TestBroker.newRun();

    assertThat(partitions(run.trajectories())).isEqualTo(2);
    assertThat(config(run.trajectories(), "retention.ms"))
        .isEqualTo(Long.toString(Duration.ofDays(90).toMillis()));
    assertThat(config(run.checkpoints(), "retention.ms")).isEqualTo("-1");
    assertThat(config(TopicCatalogue.runs(), "cleanup.policy")).isEqualTo("compact");
  }

  @Test
  void aTopicWithOtherPartitionsIsRefused() {
    TopicCatalogue run = TestBroker.newRun();

    assertThatThrownBy(() -> TopicAdmin.create(cluster, new TopicCatalogue(run.run(), 3).all()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(run.trajectories().name() + " must have 3 partitions and has 2");
  }

  @Test
  void everyPartitionOfACreatedTopicIsServedAtOnce() throws Exception {
    var topic = new TopicCatalogue("served", 200).trajectories();
    var config = cluster.clientConfig("impatient");
    config.put(AdminClientConfig.RETRIES_CONFIG, 0);
    try (Admin impatient = Admin.create(config)) {
      impatient.describeCluster().clusterId().get();

      TopicAdmin.create(cluster, List.of(topic));

      var partitions =
          IntStream.range(0, topic.partitions())
              .boxed()
              .collect(
                  Collectors.toMap(
                      number -> new TopicPartition(topic.name(), number),
                      _ -> OffsetSpec.latest()));
      assertThat(impatient.listOffsets(partitions).all().get()).hasSize(topic.partitions());
    }
  }

  @Test
  void anAcknowledgedEventTellsWhereItIs() {
    Topic<Metric> topic = TestBroker.newRun().metrics();

    try (var publisher = cluster.publisher(topic, "test")) {
      assertThat(publisher.send("source", metric(1)).join().offset()).isZero();
      assertThat(publisher.send("source", metric(2)).join().offset()).isEqualTo(1);
    }
  }

  @Test
  void aFailedEventFailsItsFutureAndTheNextSend() {
    var publisher = cluster.publisher(tooSmallTopic(), "test");

    try (publisher) {
      var refused = publisher.send("large", large());
      assertThatThrownBy(refused::join)
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(PublishFailedException.class);
      assertThatThrownBy(() -> publisher.publish("small", metric(1)))
          .isInstanceOf(PublishFailedException.class)
          .hasMessageContaining("event large was not acknowledged");
    }
  }

  @Test
  void aFailureThatNobodyLookedAtIsThrownOnClose() {
    var publisher = cluster.publisher(tooSmallTopic(), "test");
    publisher.publish("large", large());

    assertThatThrownBy(publisher::close)
        .isInstanceOf(PublishFailedException.class)
        .hasMessageContaining("event large was not acknowledged");
  }

  @Test
  void anUpdateThatSettlesAMillionRecordsHasALedgerEntryLikeAnyOther() {
    Topic<LedgerEntry> topic = TestBroker.newRun().ledger();
    LedgerEntry entry = entry(1_000_000);

    try (var publisher = cluster.publisher(topic, "test")) {
      publisher.publish("run", entry);
    }

    assertThat(EventReader.latest(cluster, topic).orElseThrow().value()).isEqualTo(entry);
  }

  @Test
  void aNewerProducerOfTheSameTransactionalIdFencesTheOlder() {
    Topic<Metric> topic = TestBroker.newRun().metrics();
    try (var older = cluster.transactionalProducer("fenced");
        var newer = cluster.transactionalProducer("fenced")) {
      older.initTransactions();
      older.beginTransaction();
      newer.initTransactions();

      assertThatThrownBy(
              () -> {
                var _ =
                    older.send(
                        new ProducerRecord<>(
                            topic.name(), "source", topic.codec().encode(metric(1))));
                older.commitTransaction();
              })
          .isInstanceOfAny(ProducerFencedException.class, InvalidProducerEpochException.class);
    }
  }

  @Test
  void aConsumerWithoutAGroupReadsWhatIsAssignedToIt() {
    Topic<Metric> topic = TestBroker.newRun().metrics();
    try (var publisher = cluster.publisher(topic, "test")) {
      publisher.publish("source", metric(5));
    }

    try (var consumer = cluster.consumer("raw")) {
      consumer.assign(List.of(new TopicPartition(topic.name(), 0)));
      assertThat(topic.codec().decode(next(consumer).value())).isEqualTo(metric(5));
    }
  }

  @Test
  void aGroupGoesOnBehindTheOffsetsThatATransactionCommitted() {
    TopicCatalogue run = TestBroker.newRun();
    Topic<Metric> topic = run.metrics();
    try (var publisher = cluster.publisher(topic, "test")) {
      publisher.publish("source", metric(1));
      publisher.publish("source", metric(2));
    }
    var partition = new TopicPartition(topic.name(), 0);
    try (var consumer = cluster.consumer("first", Optional.of(run.run()));
        var producer = cluster.transactionalProducer(run.run())) {
      consumer.subscribe(List.of(topic.name()));
      assertThat(next(consumer).offset()).isZero();
      producer.initTransactions();
      producer.beginTransaction();
      producer.sendOffsetsToTransaction(
          Map.of(partition, new OffsetAndMetadata(1)), consumer.groupMetadata());
      producer.commitTransaction();
    }

    try (var consumer = cluster.consumer("second", Optional.of(run.run()))) {
      consumer.subscribe(List.of(topic.name()));
      assertThat(next(consumer).offset()).isEqualTo(1);
    }
  }

  private static ConsumerRecord<byte[], byte[]> next(Consumer<byte[], byte[]> consumer) {
    while (true) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        return record;
      }
    }
  }

  private Topic<Metric> tooSmallTopic() {
    var topic =
        new Topic<>(
            TestBroker.newRun().run() + "-small",
            EventCodec.of(Metric.class),
            1,
            Map.of("max.message.bytes", "1000"));
    TopicAdmin.create(cluster, List.of(topic));
    return topic;
  }

  private String config(Topic<?> topic, String name)
      throws ExecutionException, InterruptedException {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    try (var admin = cluster.admin("test")) {
      return admin
          .describeConfigs(List.of(resource))
          .all()
          .get()
          .values()
          .iterator()
          .next()
          .get(name)
          .value();
    }
  }

  private int partitions(Topic<?> topic) throws ExecutionException, InterruptedException {
    try (var admin = cluster.admin("test")) {
      return admin
          .describeTopics(List.of(topic.name()))
          .allTopicNames()
          .get()
          .values()
          .iterator()
          .next()
          .partitions()
          .size();
    }
  }

  private static LedgerEntry entry(int records) {
    // Digests are noise: nothing of them can be compressed away.
    byte[] digests = new byte[records * RecordDigest.BYTES];
    new Random(1).nextBytes(digests);
    return LedgerEntry.newBuilder()
        .setRun("run")
        .setVersion(1)
        .setCheckpointHash("")
        .setTrained(List.of(new OffsetRange(0, 0L, records - 1L)))
        .setTrainedDigests(ByteBuffer.wrap(digests))
        .setTurnsTrained(records)
        .setEpisodesTrained(1)
        .setOldestPolicyVersion(0)
        .setNewestPolicyVersion(0)
        .setLeftOut(List.of())
        .setCreatedAt(Instant.EPOCH)
        .build();
  }

  private static Metric large() {
    var random = new Random(1);
    var values = new HashMap<String, Double>();
    for (int i = 0; i < 2000; i++) {
      values.put("value" + i, random.nextDouble());
    }
    return new Metric("run", "source", 1L, values, Instant.ofEpochMilli(1000));
  }

  private static Metric metric(long version) {
    return new Metric("run", "source", version, Map.of("loss", 0.5), Instant.ofEpochMilli(1000));
  }
}
