package org.gtrturbo.platform.kafka;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.gtrturbo.events.Topic;
import org.gtrturbo.platform.settings.Settings.KafkaSettings;

/**
 * A Kafka cluster and how this project's clients talk to it.
 *
 * @param bootstrap {@code host:port}, or several with commas between
 * @param clientProperties for every client, over what is set here: security, say
 */
public record Cluster(String bootstrap, Map<String, String> clientProperties) {
  // Kafka's default of 64 KiB halves what a consumer reads from a broker on the same machine.
  private static final int SOCKET_BUFFER_BYTES = 4 << 20;
  // The largest event that a topic takes is set on the topic; a client must not refuse it first.
  private static final int MAX_REQUEST_BYTES = 40 << 20;
  // One of the largest events, and what is on its way beside it; Kafka's own 32 MiB hold no such.
  private static final long BUFFERED_BYTES = 64L << 20;
  private static final int BATCH_BYTES = 128 << 10;

  public Cluster {
    clientProperties = Map.copyOf(clientProperties);
  }

  public Cluster(String bootstrap) {
    this(bootstrap, Map.of());
  }

  /**
   * The cluster that the settings name, if they name one.
   *
   * @throws IllegalArgumentException if its client properties cannot be read, or set what is not
   *     theirs to set
   */
  public static Optional<Cluster> named(KafkaSettings settings) {
    return settings
        .bootstrap()
        .map(
            bootstrap ->
                new Cluster(
                    bootstrap,
                    settings
                        .clientProperties()
                        .map(file -> ClientProperties.read(Path.of(file)))
                        .orElse(Map.of())));
  }

  /**
   * Returns when a broker answers.
   *
   * @throws UnreachableClusterException if none does within the time
   */
  public void check(Duration within) {
    var config = clientConfig("check");
    config.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(within.toMillis()));
    config.put(
        CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(within.toMillis()));
    try (Admin admin = Admin.create(config)) {
      admin.describeCluster().nodes().get(within.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new UnreachableClusterException(
          "no Kafka broker answers at "
              + bootstrap
              + " within "
              + within.toMillis()
              + " ms; start the cluster, correct kafka.bootstrap, or leave kafka.bootstrap out for"
              + " a broker inside this process",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnreachableClusterException("interrupted while asking " + bootstrap, e);
    }
  }

  /**
   * Loads what every client is made of, which the first one of a process would load when it is
   * needed. Connects to nothing.
   */
  public static void loadClients() {
    // Every client makes itself known there, and the first to ask sets it up.
    ManagementFactory.getPlatformMBeanServer();
    // Each stands for hundreds of classes of requests, answers and errors.
    ApiKeys.FETCH.latestVersion();
    Errors.forCode(Errors.NONE.code());
    new Cluster("localhost:9092").consumer("loaded").close(CloseOptions.timeout(Duration.ZERO));
  }

  public Admin admin(String clientId) {
    return Admin.create(clientConfig(clientId));
  }

  /** A publisher of events to one topic, idempotent and acknowledged by all replicas. */
  public <T extends SpecificRecord> EventPublisher<T> publisher(Topic<T> topic, String clientId) {
    return new EventPublisher<>(
        topic,
        new KafkaProducer<>(
            producerConfig(clientId), new StringSerializer(), new ByteArraySerializer()));
  }

  /**
   * A producer for transactions, not yet initialised; {@code initTransactions} fences earlier
   * producers of the same id.
   */
  public Producer<String, byte[]> transactionalProducer(String transactionalId) {
    var config = producerConfig(transactionalId);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, transactionalId);
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  /**
   * A consumer of committed records that commits nothing by itself. Where its offset is no longer
   * kept it goes on with the oldest record that is: the caller sees a jump in the offsets.
   *
   * @param group its consumer group; without one, partitions are assigned by hand
   */
  public Consumer<byte[], byte[]> consumer(String clientId, Optional<String> group) {
    var config = clientConfig(clientId);
    group.ifPresent(
        id -> {
          config.put(ConsumerConfig.GROUP_ID_CONFIG, id);
          config.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "consumer");
        });
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, SOCKET_BUFFER_BYTES);
    config.putAll(clientProperties);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** A consumer without a group; see {@link #consumer(String, Optional)}. */
  public Consumer<byte[], byte[]> consumer(String clientId) {
    return consumer(clientId, Optional.empty());
  }

  /**
   * What every client of this cluster is configured with, as a map that the caller owns; for Kafka
   * Streams, say.
   */
  public Map<String, Object> clientConfig(String clientId) {
    var config = new HashMap<String, Object>();
    config.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(CommonClientConfigs.CLIENT_ID_CONFIG, clientId);
    config.put(CommonClientConfigs.RECEIVE_BUFFER_CONFIG, SOCKET_BUFFER_BYTES);
    config.put(CommonClientConfigs.SEND_BUFFER_CONFIG, SOCKET_BUFFER_BYTES);
    config.put(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
    config.put("enable.metrics.push", false);
    config.putAll(clientProperties);
    return config;
  }

  /** Without the client properties, which may hold passwords. */
  @Override
  public String toString() {
    return "Cluster[" + bootstrap + "]";
  }

  /**
   * What a producer needs to take the largest event that any topic does, as a map of its own
   * settings; for Kafka Streams, say.
   */
  public static Map<String, Object> producerLimits() {
    return Map.of(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES,
        ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFERED_BYTES);
  }

  private Map<String, Object> producerConfig(String clientId) {
    var config = clientConfig(clientId);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    // A request for every turn or two costs clients and broker more CPU than what is in it; nobody
    // waits for a single event, and flushes and commits do not wait for more.
    config.put(ProducerConfig.LINGER_MS_CONFIG, 25);
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    config.putAll(producerLimits());
    // A full buffer holds the caller back for as long as a record may take, rather than failing
    // before it.
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Duration.ofMinutes(2).toMillis());
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) Duration.ofMinutes(2).toMillis());
    config.putAll(clientProperties);
    return config;
  }
}
