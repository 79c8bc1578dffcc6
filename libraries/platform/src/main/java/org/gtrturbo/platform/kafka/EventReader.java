package org.gtrturbo.platform.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.UnreadableEventException;

/**
 * Reads committed events of partitions that the caller names, from offsets that the caller names.
 * For one thread, except {@link #wakeup}.
 *
 * <p>Every record is delivered, in the order of its partition: an unreadable one goes to the dead
 * letters first and is then delivered as {@link Received.Unreadable}. Offsets that are never
 * delivered hold transaction markers or aborted records, or are no longer kept by the cluster.
 */
public final class EventReader<T extends SpecificRecord> implements AutoCloseable {
  private static final Duration STALLED_AFTER = Duration.ofSeconds(60);
  private static final String NO_VALUE = "the record has no value";

  private final Topic<T> topic;
  private final Consumer<byte[], byte[]> consumer;
  private final DeadLetters deadLetters;

  private EventReader(Topic<T> topic, Consumer<byte[], byte[]> consumer, DeadLetters deadLetters) {
    this.topic = topic;
    this.consumer = consumer;
    this.deadLetters = deadLetters;
  }

  /**
   * A reader without partitions yet.
   *
   * @param deadLetters closed with the reader
   */
  public static <T extends SpecificRecord> EventReader<T> open(
      Cluster cluster, Topic<T> topic, String clientId, DeadLetters deadLetters) {
    return new EventReader<>(topic, cluster.consumer(clientId), deadLetters);
  }

  /** The newest committed event that can be read of a topic with one partition. */
  public static <T extends SpecificRecord> Optional<Received.Event<T>> latest(
      Cluster cluster, Topic<T> topic) {
    return latest(cluster, topic, _ -> true);
  }

  /** The newest committed event that is wanted, as {@link #latest(Cluster, Topic)}. */
  public static <T extends SpecificRecord> Optional<Received.Event<T>> latest(
      Cluster cluster, Topic<T> topic, Predicate<? super T> wanted) {
    requireOnePartition(topic);
    String name = "latest-" + topic.name();
    try (var reader = open(cluster, topic, name, DeadLetters.logged(name))) {
      return reader.newest(wanted);
    }
  }

  /** Reads these partitions, each from its offset on, and no others. */
  public void assign(Map<Integer, Long> offsets) {
    consumer.assign(offsets.keySet().stream().map(this::partition).toList());
    offsets.forEach((number, offset) -> consumer.seek(partition(number), offset));
  }

  /** Reads all partitions of the topic from their beginnings. */
  public void assignAll() {
    var partitions = IntStream.range(0, topic.partitions()).mapToObj(this::partition).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /**
   * The records that came within the time, possibly none.
   *
   * @throws org.apache.kafka.common.errors.WakeupException after {@link #wakeup}
   */
  public List<Received<T>> poll(Duration within) {
    var received = new ArrayList<Received<T>>();
    consumer.poll(within).forEach(record -> received.add(read(record)));
    return received;
  }

  /** The offset in the partition that is read next. */
  public long position(int partition) {
    return consumer.position(partition(partition));
  }

  /**
   * By partition assigned, the offset behind its last committed record; an open transaction ends it
   * earlier.
   */
  public Map<Integer, Long> endOffsets() {
    var ends = new HashMap<Integer, Long>();
    consumer
        .endOffsets(consumer.assignment())
        .forEach((partition, end) -> ends.put(partition.partition(), end));
    return ends;
  }

  /** By partition assigned, the oldest offset that the cluster still keeps. */
  public Map<Integer, Long> beginningOffsets() {
    var beginnings = new HashMap<Integer, Long>();
    consumer
        .beginningOffsets(consumer.assignment())
        .forEach((partition, offset) -> beginnings.put(partition.partition(), offset));
    return beginnings;
  }

  /**
   * Delivers everything that the topic held when this was called, from the beginning of all
   * partitions.
   *
   * @throws KafkaException if nothing comes for a minute before the end is reached
   */
  public void readToEnd(java.util.function.Consumer<? super Received<T>> listener) {
    assignAll();
    readTo(endOffsets(), listener);
  }

  /**
   * Delivers the events alone of what {@link #readToEnd} delivers, for who needs neither their
   * places nor their digests: to digest a large event takes longer than to read parts of it.
   *
   * @throws KafkaException as {@link #readToEnd} does
   */
  public void eventsToEnd(java.util.function.Consumer<? super T> listener) {
    eventsUntil(
        event -> {
          listener.accept(event);
          return false;
        });
  }

  /**
   * As {@link #eventsToEnd}, and ends behind the first event that is enough.
   *
   * @throws KafkaException as {@link #readToEnd} does
   */
  public void eventsUntil(Predicate<? super T> enough) {
    assignAll();
    pollTo(
        endOffsets(),
        record -> {
          byte[] value = record.value();
          if (value == null) {
            deadLetters.add(record, NO_VALUE);
            return false;
          }
          try {
            return enough.test(topic.codec().decode(value));
          } catch (UnreadableEventException e) {
            deadLetters.add(record, String.valueOf(e.getMessage()));
            return false;
          }
        });
  }

  /** Makes a {@link #poll} that waits, or else the next one, throw at once. From any thread. */
  public void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    try (deadLetters) {
      // There is no group to leave, and a graceful close waits half a second for the fetch that is
      // under way.
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  static void requireOnePartition(Topic<?> topic) {
    if (topic.partitions() != 1) {
      throw new IllegalArgumentException(
          "topic " + topic.name() + " must have 1 partition, has " + topic.partitions());
    }
  }

  private Optional<Received.Event<T>> newest(Predicate<? super T> wanted) {
    assignAll();
    long beginning = beginningOffsets().getOrDefault(0, 0L);
    long end = endOffsets().getOrDefault(0, 0L);
    // The last offset of a transaction is its marker, and compaction leaves holes: the window grows
    // until an event is
    // in it.
    var found = new ArrayList<Received.Event<T>>(1);
    for (long window = 16; found.isEmpty(); window *= 8) {
      long from = Math.max(beginning, end - window);
      assign(Map.of(0, from));
      readTo(
          Map.of(0, end),
          received -> {
            if (received instanceof Received.Event<T> event
                && event.offset() < end
                && wanted.test(event.value())) {
              found.clear();
              found.add(event);
            }
          });
      if (from == beginning) {
        break;
      }
    }
    return found.stream().findFirst();
  }

  /**
   * Delivers what comes until every partition named has been read up to its end, which does not
   * belong to it. Of a partition that is there already nothing more is asked for, but what was
   * fetched with the rest is delivered.
   *
   * @param ends by partition, each one assigned
   * @throws KafkaException if nothing comes for a minute before the ends are reached
   */
  public void readTo(
      Map<Integer, Long> ends, java.util.function.Consumer<? super Received<T>> listener) {
    try {
      pollTo(
          ends,
          record -> {
            listener.accept(read(record));
            return false;
          });
    } finally {
      consumer.resume(consumer.paused());
    }
  }

  private void pollTo(
      Map<Integer, Long> ends, Predicate<? super ConsumerRecord<byte[], byte[]>> enough) {
    Instant progress = Instant.now();
    while (ends.entrySet().stream().anyMatch(end -> position(end.getKey()) < end.getValue())) {
      consumer.pause(
          consumer.assignment().stream()
              .filter(at -> consumer.position(at) >= ends.getOrDefault(at.partition(), 0L))
              .toList());
      long before = ends.keySet().stream().mapToLong(this::position).sum();
      for (var record : consumer.poll(Duration.ofMillis(200))) {
        if (enough.test(record)) {
          return;
        }
      }
      if (ends.keySet().stream().mapToLong(this::position).sum() > before) {
        progress = Instant.now();
      } else if (progress.plus(STALLED_AFTER).isBefore(Instant.now())) {
        throw new KafkaException(
            "reading " + topic.name() + " stalls before its end " + ends + "; check the brokers");
      }
    }
  }

  private Received<T> read(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.value();
    if (value == null) {
      return unreadable(record, NO_VALUE);
    }
    try {
      String key = record.key() == null ? "" : new String(record.key(), UTF_8);
      return new Received.Event<>(
          record.partition(),
          record.offset(),
          RecordDigest.of(value),
          key,
          topic.codec().decode(value),
          Instant.ofEpochMilli(record.timestamp()));
    } catch (UnreadableEventException e) {
      return unreadable(record, String.valueOf(e.getMessage()));
    }
  }

  private Received<T> unreadable(ConsumerRecord<byte[], byte[]> record, String reason) {
    deadLetters.add(record, reason);
    byte[] value = record.value() == null ? new byte[0] : record.value();
    return new Received.Unreadable<>(
        record.partition(), record.offset(), RecordDigest.of(value), reason);
  }

  private TopicPartition partition(int number) {
    return new TopicPartition(topic.name(), number);
  }
}
