package org.gtrturbo.merger;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.WallclockTimestampExtractor;
import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.agents.PolicyOrigin;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lineage.DueTeachers;
import org.gtrturbo.lineage.Verdicts;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.MergerSettings;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The merger of one run: folds every checkpoint that is due into the running teacher, on threads of
 * its own, from start to {@link #close}.
 *
 * <p>It may be killed at any moment and started again, with its state folder or without: the
 * teachers go on without gap or double. Several mergers of a run share its shards; each needs a
 * name and a state folder of its own. A second one of the same name takes over from the first,
 * which then fails.
 */
public final class MergerService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MergerService.class);
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(10);
  private static final Duration TOPIC_LAG = Duration.ofSeconds(15);

  private final KafkaStreams streams;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  private MergerService(KafkaStreams streams) {
    this.streams = streams;
  }

  /**
   * Creates the run's topics where they are missing, checks that the run is merged as the settings
   * say, and begins.
   *
   * @param blobs where the checkpoints' weights are and the teachers' go
   * @param stateFolder for this merger's state; may be lost
   * @throws BrokenChainException if another rule has made the teachers that are there
   */
  public static MergerService start(
      Settings settings, Cluster cluster, BlobStore blobs, Path stateFolder) {
    var topics = new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    TopicAdmin.create(cluster, topics.all());
    TopicAdmin.create(
        cluster,
        List.of(topics.shardTasks(settings.merger().shardPartitions()), topics.shardResults()));
    List<MergePlan> plans = MergePlans.of(settings.teacher());
    var chains = new TeacherChains(new TopicHistory(cluster, topics), TOPIC_LAG);
    // Here too, so that wrong settings fail the start and not the thread that it leaves behind.
    plans.forEach(plan -> chains.of(plan).newest());
    var topology =
        new MergerTopology(
                topics,
                plans,
                chains,
                blobs,
                new MergerTopology.Limits(
                    settings.merger().shardBytes(),
                    settings.teacher().normJump(),
                    Coordination.STEPS_AT_ONCE),
                PolicyOrigin.of(settings.environment()))
            .build();
    var service =
        new MergerService(
            new KafkaStreams(
                topology, configuration(topics.run(), settings.merger(), cluster, stateFolder)));
    service.start();
    return service;
  }

  /**
   * Whether the settings' own rule has made its last teacher of the checkpoints up to {@code
   * newest}. Those that have no weight, or that decisions keep out, it makes none of.
   */
  public static boolean hasMerged(
      Cluster cluster, TopicCatalogue topics, TeacherSettings settings, long newest) {
    var history = new TopicHistory(cluster, topics);
    Optional<Teacher> teacher = history.newestTeacher(GuidingStream.OWN);
    var verdicts = new Verdicts();
    history.decisions().forEach(decided -> verdicts.add(decided.decision()));
    return teacher.isPresent()
        && DueTeachers.of(settings).isSettled(teacher.get(), newest, verdicts);
  }

  /**
   * Completes when the merger is closed; exceptionally when it fails before. What is chained to it
   * runs on none of the merger's threads, so it may close the merger.
   */
  public CompletableFuture<Void> ended() {
    return ended.whenCompleteAsync((_, _) -> {});
  }

  /**
   * Throws what ended the merging, if anything did.
   *
   * @throws MergerFailedException with the failure as its cause
   */
  public void throwIfFailed() {
    if (!ended.isCompletedExceptionally()) {
      return;
    }
    try {
      ended.join();
    } catch (CompletionException e) {
      throw new MergerFailedException(e.getCause() == null ? e : e.getCause());
    }
  }

  /** Stops after the checkpoint being folded. Closing again does nothing. */
  @Override
  public void close() {
    // Without leaving, the group would wait for this member for a session timeout.
    boolean stopped =
        streams.close(
            CloseOptions.timeout(CLOSE_WITHIN)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    if (!stopped) {
      LOG.warn("the merger did not stop within {}; its work is safe", CLOSE_WITHIN);
    }
    ended.complete(null);
  }

  private void start() {
    streams.setUncaughtExceptionHandler(
        failure -> {
          ended.completeExceptionally(cause(failure));
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (state, before) -> {
          if (state == KafkaStreams.State.ERROR) {
            ended.completeExceptionally(
                new IllegalStateException("Kafka Streams stopped with an error; see its log"));
          }
        });
    streams.start();
  }

  /** What went wrong inside, without Kafka's account of where it was carried through. */
  private static Throwable cause(Throwable failure) {
    Throwable inner = failure;
    while (inner instanceof StreamsException && inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  private static Properties configuration(
      String run, MergerSettings settings, Cluster cluster, Path stateFolder) {
    String group = "gtr-" + run + "-merger";
    String id = settings.instance().map(name -> group + "-" + name).orElse(group);
    var config = new Properties();
    config.putAll(
        Map.ofEntries(
            Map.entry(StreamsConfig.APPLICATION_ID_CONFIG, group),
            Map.entry(StreamsConfig.STATE_DIR_CONFIG, stateFolder.toAbsolutePath().toString()),
            Map.entry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2),
            Map.entry(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads()),
            Map.entry(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, settings.standbys()),
            // Teachers are committed when they are made; this is for what is passed over. It must
            // stay well below the transaction timeout of 10 s.
            Map.entry(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100),
            Map.entry(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0),
            Map.entry(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true),
            // No result depends on a record's time, and a broken one must not stop the merger.
            Map.entry(
                StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG,
                WallclockTimestampExtractor.class),
            // A merger that was killed is replaced at once by one of its name, not after its
            // session has timed out.
            Map.entry(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), id),
            // After that its shards are the others'.
            Map.entry(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG),
                Math.toIntExact(Duration.ofSeconds(settings.silentSeconds()).toMillis())),
            Map.entry(
                StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4")));
    // A dead letter holds a whole record and what is said about it.
    Cluster.producerLimits()
        .forEach((name, value) -> config.put(StreamsConfig.producerPrefix(name), value));
    config.putAll(cluster.clientConfig(id));
    return config;
  }
}
