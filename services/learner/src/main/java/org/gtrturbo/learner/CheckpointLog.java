package org.gtrturbo.learner;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The committed versions of a run. Checkpoint, ledger entry and consumed offsets become visible
 * together, in one transaction that is open for no longer than sending them takes.
 *
 * <p>A run has one learner: opening the log shuts out whoever opened it before, whose next commit
 * throws {@link Fenced}. For one thread.
 */
final class CheckpointLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointLog.class);
  private static final Duration SHOWN_WITHIN = Duration.ofSeconds(10);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(1);

  private final Cluster cluster;
  private final TopicCatalogue topics;
  private final ConsumerGroupMetadata group;
  private final boolean settlesOffsets;
  private final Producer<String, byte[]> producer;
  private final Consumer<byte[], byte[]> reader;

  /** A newer learner of the run has opened its log. */
  static final class Fenced extends Exception {
    private static final long serialVersionUID = 1L;

    Fenced(Throwable cause) {
      super("a newer learner of this run has taken over", cause);
    }
  }

  private CheckpointLog(
      Cluster cluster,
      TopicCatalogue topics,
      ConsumerGroupMetadata group,
      boolean settlesOffsets,
      Producer<String, byte[]> producer,
      Consumer<byte[], byte[]> reader) {
    this.cluster = cluster;
    this.topics = topics;
    this.group = group;
    this.settlesOffsets = settlesOffsets;
    this.producer = producer;
    this.reader = reader;
  }

  /**
   * Opens the log; what an earlier learner had not committed is gone for good.
   *
   * @param settlesOffsets whether the offsets that a version settles are those of the run's own
   *     trajectories, and are committed for its group
   */
  static CheckpointLog open(Cluster cluster, TopicCatalogue topics, boolean settlesOffsets)
      throws Fenced {
    String id = id(topics.run());
    Producer<String, byte[]> producer = cluster.transactionalProducer(id);
    try {
      producer.initTransactions();
      return new CheckpointLog(
          cluster,
          topics,
          group(cluster, id),
          settlesOffsets,
          producer,
          cluster.consumer(id + "-shown"));
    } catch (RuntimeException e) {
      producer.close();
      throw failed("open the log of run " + topics.run(), e);
    }
  }

  /** Both the transactional id and the group that the offsets are committed for. */
  static String id(String run) {
    return "learner-" + run;
  }

  // A member without a subscription: partitions are assigned by hand, the group only keeps offsets.
  private static ConsumerGroupMetadata group(Cluster cluster, String id) {
    try (var member = cluster.consumer(id + "-group", Optional.of(id))) {
      return member.groupMetadata();
    }
  }

  /** The newest committed version. */
  Optional<Checkpoint> newest() {
    return EventReader.latest(cluster, topics.checkpoints()).map(Received.Event::value);
  }

  /**
   * Returns when the version is committed, and whoever reads the log from then on meets it.
   *
   * @throws Fenced if a newer learner has opened the log; the version is not committed then
   */
  void commit(Checkpoints.Draft draft) throws Fenced {
    Checkpoint checkpoint = draft.checkpoint();
    List<Future<RecordMetadata>> sent;
    try {
      producer.beginTransaction();
      sent =
          List.of(
              send(topics.checkpoints().name(), topics.checkpoints().codec().encode(checkpoint)),
              send(topics.ledger().name(), topics.ledger().codec().encode(draft.ledgerEntry())));
      if (settlesOffsets) {
        producer.sendOffsetsToTransaction(positions(checkpoint), group);
      }
      producer.commitTransaction();
    } catch (TimeoutException e) {
      // Whether it was committed is open; the next learner finds out when it opens the log.
      throw failed("learn whether version " + checkpoint.getVersion() + " is committed", e);
    } catch (RuntimeException e) {
      abort(e);
      throw failed("commit version " + checkpoint.getVersion(), e);
    }
    awaitShown(sent);
  }

  private Future<RecordMetadata> send(String topic, byte[] event) {
    // A failure to send is thrown by the commit.
    return producer.send(new ProducerRecord<>(topic, topics.run(), event));
  }

  /**
   * A commit is answered when it is certain, a moment before the records are shown: the brokers
   * that have them are told of it afterwards.
   */
  private void awaitShown(List<Future<RecordMetadata>> sent) {
    Map<TopicPartition, Long> written = new HashMap<>();
    for (Future<RecordMetadata> each : sent) {
      RecordMetadata at = each.resultNow();
      written.put(new TopicPartition(at.topic(), at.partition()), at.offset());
    }
    Instant deadline = Instant.now().plus(SHOWN_WITHIN);
    while (!areShown(written)) {
      if (Instant.now().isAfter(deadline)) {
        LOG.warn(
            "what was committed at {} is not shown to readers yet; check the brokers", written);
        return;
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
  }

  private boolean areShown(Map<TopicPartition, Long> written) {
    Map<TopicPartition, Long> ends = reader.endOffsets(written.keySet());
    return written.entrySet().stream()
        .allMatch(each -> ends.getOrDefault(each.getKey(), 0L) > each.getValue());
  }

  private Map<TopicPartition, OffsetAndMetadata> positions(Checkpoint checkpoint) {
    Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
    checkpoint
        .getProgress()
        .forEach(
            progress ->
                positions.put(
                    new TopicPartition(topics.trajectories().name(), progress.getPartition()),
                    new OffsetAndMetadata(progress.getPosition())));
    return positions;
  }

  private void abort(RuntimeException reason) {
    if (isFenced(reason)) {
      return;
    }
    try {
      producer.abortTransaction();
    } catch (KafkaException e) {
      // The coordinator aborts it by itself when the producer is gone.
      reason.addSuppressed(e);
    }
  }

  private static RuntimeException failed(String what, RuntimeException cause) throws Fenced {
    if (isFenced(cause)) {
      throw new Fenced(cause);
    }
    return new KafkaException("cannot " + what + ": " + cause.getMessage(), cause);
  }

  private static boolean isFenced(Throwable failure) {
    return failure instanceof ProducerFencedException
        || failure instanceof InvalidProducerEpochException
        || (failure.getCause() != null && isFenced(failure.getCause()));
  }

  @Override
  public void close() {
    try (reader) {
      producer.close();
    }
  }
}
