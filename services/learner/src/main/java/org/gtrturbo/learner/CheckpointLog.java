package org.gtrturbo.learner;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
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

/**
 * The committed versions of a run. Checkpoint, ledger entry and consumed offsets become visible
 * together, in one transaction that is open for no longer than sending them takes.
 *
 * <p>A run has one learner: opening the log shuts out whoever opened it before, whose next commit
 * throws {@link Fenced}. For one thread.
 */
final class CheckpointLog implements AutoCloseable {
  private final Cluster cluster;
  private final TopicCatalogue topics;
  private final ConsumerGroupMetadata group;
  private final boolean settlesOffsets;
  private final Producer<String, byte[]> producer;

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
      Producer<String, byte[]> producer) {
    this.cluster = cluster;
    this.topics = topics;
    this.group = group;
    this.settlesOffsets = settlesOffsets;
    this.producer = producer;
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
      return new CheckpointLog(cluster, topics, group(cluster, id), settlesOffsets, producer);
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
   * Returns when the version is committed.
   *
   * @throws Fenced if a newer learner has opened the log; the version is not committed then
   */
  void commit(Checkpoints.Draft draft) throws Fenced {
    Checkpoint checkpoint = draft.checkpoint();
    try {
      producer.beginTransaction();
      send(topics.checkpoints().name(), topics.checkpoints().codec().encode(checkpoint));
      send(topics.ledger().name(), topics.ledger().codec().encode(draft.ledgerEntry()));
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
  }

  private void send(String topic, byte[] event) {
    // A failure to send is thrown by the commit.
    var _ = producer.send(new ProducerRecord<>(topic, topics.run(), event));
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
    producer.close();
  }
}
