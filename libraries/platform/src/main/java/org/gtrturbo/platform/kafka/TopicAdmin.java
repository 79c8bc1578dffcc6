package org.gtrturbo.platform.kafka;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.gtrturbo.events.Topic;

/** Makes sure that topics exist as the catalogue says. */
public final class TopicAdmin {
  private static final Duration METADATA_LAG = Duration.ofSeconds(10);

  private TopicAdmin() {}

  /**
   * Creates the topics that are missing, with the broker's own replication factor; those that exist
   * are left as they are. Several processes may do this at once. Where none is missing, nothing but
   * the right to describe topics is needed. Returns when every partition has a leader that answers.
   *
   * @throws IllegalStateException if a topic exists with another number of partitions
   */
  public static void create(Cluster cluster, Collection<Topic<?>> topics) {
    try (Admin admin = cluster.admin("topics")) {
      var existing = new ArrayList<>(existing(admin, topics));
      var found = existing.stream().map(TopicDescription::name).collect(Collectors.toSet());
      var createdByOthers =
          create(admin, topics.stream().filter(topic -> !found.contains(topic.name())).toList());
      if (!createdByOthers.isEmpty()) {
        existing.addAll(describe(admin, createdByOthers));
      }
      checkPartitions(cluster, topics, existing);
      awaitLeaders(admin, topics);
    }
  }

  /**
   * A broker announces a new partition before it serves it. An idempotent producer that has several
   * batches on their way meanwhile can see a later one taken and the first one refused for ever.
   */
  private static void awaitLeaders(Admin admin, Collection<Topic<?>> topics) {
    var latest = new HashMap<TopicPartition, OffsetSpec>();
    for (Topic<?> topic : topics) {
      for (int number = 0; number < topic.partitions(); number++) {
        latest.put(new TopicPartition(topic.name(), number), OffsetSpec.latest());
      }
    }
    // Asked for offsets of a topic that it does not know yet, the client logs an error.
    var _ = describe(admin, topics.stream().map(Topic::name).toList());
    var _ =
        onceKnown(
            () ->
                await("reach the leaders of " + latest.keySet(), admin.listOffsets(latest).all()));
  }

  /** A topic that was just created is known to the controller before the broker knows it. */
  private static <T> T onceKnown(Supplier<T> answer) {
    Instant giveUp = Instant.now().plus(METADATA_LAG);
    while (true) {
      try {
        return answer.get();
      } catch (KafkaException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
            || Instant.now().isAfter(giveUp)) {
          throw e;
        }
      }
    }
  }

  private static List<TopicDescription> existing(Admin admin, Collection<Topic<?>> topics) {
    var existing = new ArrayList<TopicDescription>();
    admin
        .describeTopics(topics.stream().map(Topic::name).toList())
        .topicNameValues()
        .forEach(
            (name, description) -> {
              try {
                existing.add(await("describe topic " + name, description));
              } catch (KafkaException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                  throw e;
                }
              }
            });
    return existing;
  }

  /** Those that others have created in the meantime. */
  private static List<String> create(Admin admin, Collection<Topic<?>> missing) {
    var wanted =
        missing.stream()
            .map(
                topic ->
                    new NewTopic(topic.name(), Optional.of(topic.partitions()), Optional.empty())
                        .configs(topic.config()))
            .toList();
    return admin.createTopics(wanted).values().entrySet().stream()
        .filter(topic -> !isCreated(topic.getKey(), topic.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static boolean isCreated(String name, KafkaFuture<Void> created) {
    try {
      await("create topic " + name, created);
      return true;
    } catch (KafkaException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw e;
    }
  }

  private static Collection<TopicDescription> describe(Admin admin, Collection<String> names) {
    return onceKnown(
        () ->
            await("describe topics " + names, admin.describeTopics(names).allTopicNames())
                .values());
  }

  private static void checkPartitions(
      Cluster cluster, Collection<Topic<?>> topics, Collection<TopicDescription> existing) {
    Map<String, Integer> partitions =
        existing.stream()
            .collect(
                Collectors.toMap(
                    TopicDescription::name, description -> description.partitions().size()));
    for (Topic<?> topic : topics) {
      int has = partitions.getOrDefault(topic.name(), topic.partitions());
      if (has != topic.partitions()) {
        throw new IllegalStateException(
            "topic "
                + topic.name()
                + " must have "
                + topic.partitions()
                + " partitions and has "
                + has
                + " at "
                + cluster.bootstrap()
                + "; set the partitions as they are, or start another run");
      }
    }
  }

  private static <V> V await(String what, KafkaFuture<V> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new KafkaException("cannot " + what + ": " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted: cannot " + what, e);
    }
  }
}
