package org.gtrturbo.platform.kafka;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.Topic;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes unreadable records to the run's dead letters, each once per reader: what the topic
 * holds of this reader already is not published again after a restart. Nothing is connected before
 * the first dead letter. For one thread.
 */
public final class DeadLetterTopic implements DeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetterTopic.class);

  private final Cluster cluster;
  private final Topic<DeadLetter> topic;
  private final String reader;
  private @Nullable Open open;

  private record Open(EventPublisher<DeadLetter> publisher, Set<String> kept) {}

  /**
   * The dead letters of one reader.
   *
   * @param reader the service that reads; dead letters are told apart by it
   */
  public DeadLetterTopic(Cluster cluster, Topic<DeadLetter> topic, String reader) {
    this.cluster = cluster;
    this.topic = topic;
    this.reader = reader;
  }

  @Override
  public void add(ConsumerRecord<byte[], byte[]> record, String reason) {
    String origin = origin(record.topic(), record.partition(), record.offset());
    Open opened = opened();
    if (opened.kept().contains(origin)) {
      return;
    }
    var letter =
        DeadLetter.newBuilder()
            .setTopic(record.topic())
            .setPartition(record.partition())
            .setOffset(record.offset())
            .setReader(reader)
            .setReason(reason)
            .setAt(Instant.now());
    Optional.ofNullable(record.key()).map(ByteBuffer::wrap).ifPresent(letter::setKey);
    Optional.ofNullable(record.value()).map(ByteBuffer::wrap).ifPresent(letter::setValue);
    opened.publisher().publish(origin, letter.build());
    opened.publisher().flush();
    opened.kept().add(origin);
    LOG.warn("{} cannot read {}: {}; it is kept in {}", reader, origin, reason, topic.name());
  }

  @Override
  public void close() {
    if (open != null) {
      open.publisher().close();
    }
  }

  private Open opened() {
    Open current = open;
    if (current == null) {
      current = new Open(cluster.publisher(topic, reader + "-dead-letters"), keptAlready());
      open = current;
    }
    return current;
  }

  private Set<String> keptAlready() {
    var kept = new HashSet<String>();
    String name = reader + "-dead-letters";
    try (var letters = EventReader.open(cluster, topic, name, DeadLetters.logged(name))) {
      letters.readToEnd(
          received -> {
            if (received instanceof Received.Event<DeadLetter> event
                && event.value().getReader().equals(reader)) {
              DeadLetter letter = event.value();
              kept.add(origin(letter.getTopic(), letter.getPartition(), letter.getOffset()));
            }
          });
    }
    return kept;
  }

  private static String origin(String topic, int partition, long offset) {
    return topic + "-" + partition + "@" + offset;
  }
}
