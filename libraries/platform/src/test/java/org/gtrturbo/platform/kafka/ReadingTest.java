package org.gtrturbo.platform.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every record is delivered once and in order, committed ones only, and an unreadable one stops
 * nobody.
 */
@Timeout(60)
class ReadingTest {
  private static final byte[] GARBAGE = "not an event".getBytes(UTF_8);

  private final Cluster cluster = TestBroker.cluster();
  private final TopicCatalogue run = TestBroker.newRun();
  private final Topic<Metric> topic = run.metrics();

  @Test
  void eventsArriveWithTheirKeysOffsetsAndTimes() {
    Instant before = Instant.now().minusSeconds(1);
    publish(metric(1), metric(2));

    List<Received<Metric>> received = readAll(topic, "reader");

    assertThat(received).hasSize(2);
    var second = (Received.Event<Metric>) received.get(1);
    assertThat(second.offset()).isEqualTo(1);
    assertThat(second.key()).isEqualTo("source");
    assertThat(second.value()).isEqualTo(metric(2));
    assertThat(second.timestamp()).isAfter(before).isBefore(Instant.now().plusSeconds(1));
  }

  @Test
  void aReaderStartsAtTheOffsetsItIsGiven() {
    publish(metric(1), metric(2), metric(3));

    try (var reader = EventReader.open(cluster, topic, "reader", DeadLetters.logged("reader"))) {
      reader.assign(Map.of(0, 2L));
      var received = new ArrayList<Received<Metric>>();
      while (reader.position(0) < 3) {
        received.addAll(reader.poll(Duration.ofMillis(100)));
      }

      assertThat(received).hasSize(1);
      assertThat(received.getFirst().offset()).isEqualTo(2);
    }
  }

  @Test
  void aReaderReadsUpToTheEndsItIsGivenAndGoesOnFromThere() {
    publish(metric(1), metric(2), metric(3), metric(4));

    try (var reader = EventReader.open(cluster, topic, "reader", DeadLetters.logged("reader"))) {
      reader.assign(Map.of(0, 1L));
      var first = new ArrayList<Received<Metric>>();
      reader.readTo(Map.of(0, 3L), first::add);
      assertThat(first).extracting(Received::offset).startsWith(1L, 2L);

      var rest = new ArrayList<>(first);
      reader.readTo(Map.of(0, 4L), rest::add);
      assertThat(rest).extracting(Received::offset).containsExactly(1L, 2L, 3L);
    }
  }

  @Test
  void equalValuesHaveEqualDigestsAndOthersHaveOthers() {
    publish(metric(1), metric(2), metric(1));

    List<RecordDigest> digests = readAll(topic, "learner").stream().map(Received::digest).toList();

    assertThat(digests.get(0)).isEqualTo(digests.get(2)).isNotEqualTo(digests.get(1));
    ByteBuffer bytes = ByteBuffer.allocate(RecordDigest.BYTES);
    digests.get(1).putInto(bytes);
    assertThat(RecordDigest.next(bytes.flip())).isEqualTo(digests.get(1));
  }

  @Test
  void aGarbageRecordBecomesADeadLetterAndLaterRecordsAreStillRead() {
    publish(metric(1));
    publishRaw(topic.name(), "who", GARBAGE);
    publish(metric(2));

    List<Received<Metric>> received = readAll(topic, "learner");

    assertThat(received).hasSize(3);
    assertThat(received.get(1))
        .isEqualTo(
            new Received.Unreadable<Metric>(
                0, 1, RecordDigest.of(GARBAGE), "an event starts with c301, this with 6e6f"));
    assertThat(((Received.Event<Metric>) received.get(2)).value()).isEqualTo(metric(2));
    DeadLetter letter = onlyDeadLetter();
    assertThat(letter.getTopic()).isEqualTo(topic.name());
    assertThat(letter.getPartition()).isZero();
    assertThat(letter.getOffset()).isEqualTo(1);
    assertThat(letter.getReader()).isEqualTo("learner");
    assertThat(letter.getReason()).contains("c301");
    assertThat(letter.getKey()).contains(ByteBuffer.wrap("who".getBytes(UTF_8)));
    assertThat(letter.getValue()).contains(ByteBuffer.wrap(GARBAGE));
  }

  @Test
  void eventsAreReadAloneAndWhatIsNoneGoesToTheDeadLetters() {
    publish(metric(1));
    publishRaw(topic.name(), "who", GARBAGE);
    publish(metric(2));

    var events = new ArrayList<Metric>();
    var unreadable = new ArrayList<String>();
    try (var reader =
        EventReader.open(cluster, topic, "reader", (record, reason) -> unreadable.add(reason))) {
      reader.eventsToEnd(events::add);
    }

    assertThat(events).containsExactly(metric(1), metric(2));
    assertThat(unreadable).containsExactly("an event starts with c301, this with 6e6f");
  }

  @Test
  void aRecordReadAgainAfterARestartIsNoSecondDeadLetter() {
    publishRaw(topic.name(), "who", GARBAGE);

    assertThat(readAll(topic, "learner")).hasSize(1);
    assertThat(readAll(topic, "learner")).hasSize(1);

    onlyDeadLetter();
  }

  @Test
  void eachReaderKeepsItsOwnDeadLetters() {
    publishRaw(topic.name(), "who", GARBAGE);

    assertThat(readAll(topic, "learner")).hasSize(1);
    assertThat(readAll(topic, "merger")).hasSize(1);

    assertThat(readAll(run.deadLetters(), "test")).hasSize(2);
  }

  @Test
  void aLargeUnreadableRecordIsKeptWhole() {
    byte[] large = new byte[1_000_000];
    publishRaw(topic.name(), "who", large);

    assertThat(readAll(topic, "learner")).hasSize(1);

    assertThat(onlyDeadLetter().getValue()).contains(ByteBuffer.wrap(large));
  }

  @Test
  void theLargestRecordThatATopicTakesIsKeptWholeWhereItIsUnreadable() {
    Topic<LedgerEntry> ledger = run.ledger();
    int most = Integer.parseInt(ledger.config().get("max.message.bytes"));
    // Without the little that a broker counts beside a record's own bytes.
    byte[] largest = new byte[most - (1 << 10)];
    var config = cluster.clientConfig("raw");
    config.put("max.request.size", 2 * most);
    config.put("buffer.memory", 2L * most);
    try (var producer =
        new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer())) {
      var _ = producer.send(new ProducerRecord<>(ledger.name(), "who", largest));
    }

    assertThat(readAll(ledger, "learner")).hasSize(1);

    assertThat(onlyDeadLetter().getValue()).contains(ByteBuffer.wrap(largest));
  }

  @Test
  void aRecordWithoutAValueIsUnreadable() {
    try (var producer = rawProducer()) {
      var _ = producer.send(new ProducerRecord<>(topic.name(), "who", null));
    }

    assertThat(readAll(topic, "learner"))
        .containsExactly(
            new Received.Unreadable<>(
                0, 0, RecordDigest.of(new byte[0]), "the record has no value"));
  }

  @Test
  void theLatestEventOfAnEmptyTopicIsNone() {
    assertThat(EventReader.latest(cluster, topic)).isEmpty();
  }

  @Test
  void theLatestEventIsTheNewestCommittedOne() {
    try (var producer = transactions("latest")) {
      inTransaction(producer, true, metric(1));
      inTransaction(producer, true, metric(2));
      inTransaction(producer, false, metric(3));
      producer.beginTransaction();
      var _ = producer.send(record(metric(4)));
      producer.flush();

      assertThat(EventReader.latest(cluster, topic))
          .hasValueSatisfying(event -> assertThat(event.value()).isEqualTo(metric(2)));
      producer.abortTransaction();
    }
  }

  @Test
  void theLatestEventIsFoundBehindManyAbortedTransactions() {
    try (var producer = transactions("aborted")) {
      inTransaction(producer, true, metric(1));
      for (int i = 0; i < 40; i++) {
        inTransaction(producer, false, metric(100 + i));
      }
    }

    assertThat(EventReader.latest(cluster, topic))
        .hasValueSatisfying(event -> assertThat(event.value()).isEqualTo(metric(1)));
  }

  @Test
  void theLatestEventIsFoundBeforeAnUnreadableRecord() {
    publish(metric(1));
    publishRaw(topic.name(), "who", GARBAGE);

    assertThat(EventReader.latest(cluster, topic))
        .hasValueSatisfying(event -> assertThat(event.value()).isEqualTo(metric(1)));
  }

  @Test
  void aTopicOfSeveralPartitionsHasNoLatestEvent() {
    assertThatThrownBy(() -> EventReader.latest(cluster, run.trajectories()))
        .hasMessage("topic " + run.trajectories().name() + " must have 1 partition, has 2");
  }

  @Test
  void aFollowerHasHadEverythingWhenItHasCaughtUp() {
    try (var producer = transactions("follower")) {
      inTransaction(producer, true, metric(1), metric(2));
      inTransaction(producer, false, metric(3));
    }
    var seen = new LinkedBlockingQueue<Long>();

    try (var follower = follow(seen)) {
      follower.catchUp();

      assertThat(seen).containsExactly(1L, 2L);
    }
  }

  @Test
  void aFollowerGoesOnWithWhatIsPublishedLaterAndPassesOverGarbage() throws Exception {
    var seen = new LinkedBlockingQueue<Long>();

    try (var follower = follow(seen)) {
      follower.catchUp();
      publishRaw(topic.name(), "who", GARBAGE);
      publish(metric(7));

      assertThat(seen.poll(30, TimeUnit.SECONDS)).isEqualTo(7);
    }
    onlyDeadLetter();
  }

  @Test
  void aFailureOfTheListenerIsThrownWhereTheFollowerIsUsed() {
    publish(metric(1));

    var follower =
        TopicFollower.start(
            cluster,
            topic,
            "follower",
            DeadLetters.logged("follower"),
            event -> {
              throw new IllegalStateException("cannot apply " + event.value().getVersion());
            });

    try (follower) {
      assertThatThrownBy(follower::catchUp)
          .isInstanceOf(FollowerFailedException.class)
          .hasMessageContaining(topic.name())
          .hasRootCauseMessage("cannot apply 1");
      assertThatThrownBy(follower::throwIfFailed).hasRootCauseMessage("cannot apply 1");
      assertThat(follower.ended()).isCompletedExceptionally();
    }
  }

  @Test
  void aFailureThatNobodyAskedForIsThrownOnClose() throws Exception {
    publish(metric(1));
    var called = new LinkedBlockingQueue<Long>();

    var follower =
        TopicFollower.start(
            cluster,
            topic,
            "follower",
            DeadLetters.logged("follower"),
            event -> {
              called.add(event.offset());
              throw new IllegalStateException("cannot apply");
            });
    assertThat(called.poll(30, TimeUnit.SECONDS)).isZero();

    assertThatThrownBy(follower::close).hasRootCauseMessage("cannot apply");
  }

  private TopicFollower<Metric> follow(BlockingQueue<Long> versions) {
    return TopicFollower.start(
        cluster,
        topic,
        "follower",
        new DeadLetterTopic(cluster, run.deadLetters(), "follower"),
        event -> versions.add(event.value().getVersion()));
  }

  private DeadLetter onlyDeadLetter() {
    List<Received<DeadLetter>> letters = readAll(run.deadLetters(), "test");
    assertThat(letters).hasSize(1);
    return ((Received.Event<DeadLetter>) letters.getFirst()).value();
  }

  private <T extends SpecificRecord> List<Received<T>> readAll(Topic<T> from, String reader) {
    var received = new ArrayList<Received<T>>();
    var deadLetters = new DeadLetterTopic(cluster, run.deadLetters(), reader);
    try (var events = EventReader.open(cluster, from, reader, deadLetters)) {
      events.readToEnd(received::add);
    }
    return received;
  }

  private void publish(Metric... metrics) {
    try (var publisher = cluster.publisher(topic, "test")) {
      for (Metric metric : metrics) {
        publisher.publish("source", metric);
      }
    }
  }

  private void publishRaw(String to, String key, byte[] value) {
    try (var producer = rawProducer()) {
      var _ = producer.send(new ProducerRecord<>(to, key, value));
    }
  }

  private KafkaProducer<String, byte[]> rawProducer() {
    return new KafkaProducer<>(
        cluster.clientConfig("raw"), new StringSerializer(), new ByteArraySerializer());
  }

  private Producer<String, byte[]> transactions(String id) {
    var producer = cluster.transactionalProducer(run.run() + "-" + id);
    producer.initTransactions();
    return producer;
  }

  private void inTransaction(Producer<String, byte[]> producer, boolean commit, Metric... metrics) {
    producer.beginTransaction();
    for (Metric metric : metrics) {
      var _ = producer.send(record(metric));
    }
    if (commit) {
      producer.commitTransaction();
    } else {
      producer.flush();
      producer.abortTransaction();
    }
  }

  private ProducerRecord<String, byte[]> record(Metric metric) {
    return new ProducerRecord<>(topic.name(), "source", topic.codec().encode(metric));
  }

  private static Metric metric(long version) {
    return new Metric("run", "source", version, Map.of("loss", 0.5), Instant.ofEpochMilli(1000));
  }
}
