package org.gtrturbo.integration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.gtrturbo.events.Topic;
import org.gtrturbo.platform.kafka.Cluster;

/** Records of a topic as bytes, past today's codec. */
final class RawTopic {
  private static final Duration POLL = Duration.ofMillis(200);

  private RawTopic() {}

  record Record(String key, byte[] value) {}

  /** Returns when the broker has them all. */
  static void publish(Cluster cluster, Topic<?> topic, List<Record> records) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            cluster.clientConfig("raw"), new StringSerializer(), new ByteArraySerializer())) {
      var sent =
          records.stream()
              .map(
                  record ->
                      producer.send(
                          new ProducerRecord<>(topic.name(), record.key(), record.value())))
              .toList();
      for (var acknowledgement : sent) {
        acknowledgement.get();
      }
    }
  }

  /** Every committed value, in the order of its partition. */
  static List<byte[]> values(Cluster cluster, Topic<?> topic) {
    var values = new ArrayList<byte[]>();
    try (var consumer = cluster.consumer("raw")) {
      var partitions =
          IntStream.range(0, topic.partitions())
              .mapToObj(number -> new TopicPartition(topic.name(), number))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          values.add(record.value());
        }
      }
    }
    return values;
  }
}
