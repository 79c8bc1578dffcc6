package org.gtrturbo.integration;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;

/** A run's log in memory, byte by byte, to be written again as it was or otherwise. */
final class CopiedLog {
  private final TopicCatalogue topics;
  private final List<Copied> records;

  /**
   * @param topic its place in {@link TopicCatalogue#all}, which is the same for every run
   */
  private record Copied(int topic, int partition, byte[] key, byte[] value) {}

  private CopiedLog(TopicCatalogue topics, List<Copied> records) {
    this.topics = topics;
    this.records = records;
  }

  static CopiedLog read(Cluster cluster, TopicCatalogue topics) {
    List<Copied> records = new ArrayList<>();
    List<Topic<?>> all = topics.all();
    for (int topic = 0; topic < all.size(); topic++) {
      int number = topic;
      read(
          cluster,
          all.get(topic),
          record ->
              records.add(new Copied(number, record.partition(), record.key(), record.value())));
    }
    return new CopiedLog(topics, records);
  }

  /** Committed records only, each partition in its order. */
  private static void read(
      Cluster cluster, Topic<?> topic, Consumer<ConsumerRecord<byte[], byte[]>> to) {
    try (var consumer = cluster.consumer("copy")) {
      var partitions =
          IntStream.range(0, topic.partitions())
              .mapToObj(partition -> new TopicPartition(topic.name(), partition))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.get(at))) {
        consumer.poll(Duration.ofMillis(100)).forEach(to);
      }
    }
  }

  CopiedLog withTurn(int partition, long offset, UnaryOperator<Turn.Builder> change) {
    Topic<Turn> topic = topics.trajectories();
    return with(
        copy -> {
          int place = copy.place(topic, partition, offset);
          var turn = Turn.newBuilder(topic.codec().decode(copy.records.get(place).value()));
          copy.set(place, topic.codec().encode(change.apply(turn).build()));
        });
  }

  CopiedLog withoutTurn(int partition, long offset) {
    return with(copy -> copy.records.remove(copy.place(topics.trajectories(), partition, offset)));
  }

  CopiedLog withTurnTwice(int partition, long offset) {
    return with(
        copy -> {
          int place = copy.place(topics.trajectories(), partition, offset);
          copy.records.add(place, copy.records.get(place));
        });
  }

  CopiedLog withEntry(long version, UnaryOperator<LedgerEntry.Builder> change) {
    Topic<LedgerEntry> topic = topics.ledger();
    return with(
        copy -> {
          int place = copy.place(topic, 0, version);
          var entry = LedgerEntry.newBuilder(topic.codec().decode(copy.records.get(place).value()));
          copy.set(place, topic.codec().encode(change.apply(entry).build()));
        });
  }

  CopiedLog withCheckpoint(long version, UnaryOperator<Checkpoint.Builder> change) {
    Topic<Checkpoint> topic = topics.checkpoints();
    return with(
        copy -> {
          int place = copy.place(topic, 0, version);
          var checkpoint =
              Checkpoint.newBuilder(topic.codec().decode(copy.records.get(place).value()));
          copy.set(place, topic.codec().encode(change.apply(checkpoint).build()));
        });
  }

  private CopiedLog with(Consumer<CopiedLog> change) {
    var copy = new CopiedLog(topics, new ArrayList<>(records));
    change.accept(copy);
    return copy;
  }

  /** Where the record is that comes at this place of its partition. */
  private int place(Topic<? extends SpecificRecord> topic, int partition, long before) {
    int number = number(topic);
    long left = before;
    for (int place = 0; place < records.size(); place++) {
      Copied record = records.get(place);
      if (record.topic() == number && record.partition() == partition && left-- == 0) {
        return place;
      }
    }
    throw new AssertionError(topic.name() + "-" + partition + " has no record " + before);
  }

  private int number(Topic<?> topic) {
    return topics.all().stream().map(Topic::name).toList().indexOf(topic.name());
  }

  private void set(int place, byte[] value) {
    Copied before = records.get(place);
    records.set(place, new Copied(before.topic(), before.partition(), before.key(), value));
  }

  /**
   * Writes it as the log of a run of another name, with a folder that shares the recorded blobs.
   *
   * @param recorded the folder of the run that was copied
   * @return the new run's folder
   */
  Path writeAs(String name, Cluster cluster, Path recorded) throws Exception {
    var as = new TopicCatalogue(name, topics.trajectories().partitions());
    TopicAdmin.create(cluster, as.all());
    write(cluster, as);
    Path folder = Files.createDirectories(recorded.resolveSibling(name));
    Files.createSymbolicLink(folder.resolve("blobs"), recorded.resolve("blobs"));
    Files.writeString(
        folder.resolve("settings.yaml"),
        Files.readString(recorded.resolve("settings.yaml"), UTF_8)
            .replace("  name: " + topics.run() + "\n", "  name: " + name + "\n"),
        UTF_8);
    return folder;
  }

  private void write(Cluster cluster, TopicCatalogue as) throws Exception {
    var config = cluster.clientConfig("copy");
    // A partition that was made just now may refuse the first batch and then take the second.
    config.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
    List<Future<RecordMetadata>> written = new ArrayList<>();
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (Copied record : records) {
        String topic = as.all().get(record.topic()).name();
        written.add(
            producer.send(
                new ProducerRecord<>(topic, record.partition(), record.key(), record.value())));
      }
    }
    for (Future<RecordMetadata> each : written) {
      each.get();
    }
  }
}
