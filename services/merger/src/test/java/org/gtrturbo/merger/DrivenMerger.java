package org.gtrturbo.merger;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.ShardTask;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.blobs.TensorBlobs;

/**
 * The merger's topology under Kafka's test driver; what it wrote may be asked for again and again.
 */
final class DrivenMerger implements AutoCloseable {
  /** Times the median norm of an update that one may have. */
  static final double NORM_JUMP = 10;

  private final TopologyTestDriver driver;
  private final TestInputTopic<byte[], byte[]> checkpoints;
  private final TestInputTopic<byte[], byte[]> decisions;
  private final Map<String, List<byte[]>> written = new HashMap<>();

  DrivenMerger(Path folder, MergePlan plan) {
    this(folder, plan, List.of());
  }

  DrivenMerger(Path folder, MergePlan plan, List<Teacher> announced) {
    this(folder, plan, new ScriptedHistory(announced, List.of()), TensorBlobs.DEFAULT_CHUNK_BYTES);
  }

  /**
   * @param history as it is when the merger starts
   */
  DrivenMerger(Path folder, MergePlan plan, RunHistory history, int shardBytes) {
    this(folder, List.of(plan), history, shardBytes);
  }

  /** As above, of several streams. */
  DrivenMerger(Path folder, List<MergePlan> plans, RunHistory history, int shardBytes) {
    this(folder, plans, history, shardBytes, Coordination.STEPS_AT_ONCE);
  }

  /** As above, with so many small pieces of work in a transaction. */
  DrivenMerger(
      Path folder, List<MergePlan> plans, RunHistory history, int shardBytes, int stepsAtOnce) {
    var blobs = new FolderBlobStore(folder.resolve("blobs"));
    var chains = new TeacherChains(history, Duration.ZERO);
    var config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    driver =
        new TopologyTestDriver(
            new MergerTopology(
                    RecordedRun.TOPICS,
                    plans,
                    chains,
                    blobs,
                    new MergerTopology.Limits(shardBytes, NORM_JUMP, stepsAtOnce),
                    Map.of())
                .build(),
            config);
    checkpoints =
        driver.createInputTopic(
            RecordedRun.TOPICS.checkpoints().name(),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    decisions =
        driver.createInputTopic(
            RecordedRun.TOPICS.decisions().name(),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  void decide(DecisionKind kind, long checkpoint) {
    decisions.pipeInput(
        new byte[] {'r'},
        RecordedRun.TOPICS.decisions().codec().encode(decision(kind, checkpoint)));
  }

  static Decision decision(DecisionKind kind, long checkpoint) {
    return Decision.newBuilder()
        .setRun(RecordedRun.NAME)
        .setKind(kind)
        .setCheckpoint(checkpoint)
        .setReason("as the test says")
        .setBy("operator/test")
        .setAt(Instant.EPOCH)
        .build();
  }

  List<Decision> decisions() {
    return events(RecordedRun.TOPICS.decisions());
  }

  void offer(Checkpoint... offered) {
    for (Checkpoint checkpoint : offered) {
      offer(RecordedRun.bytes(checkpoint));
    }
  }

  void offer(byte[] value) {
    checkpoints.pipeInput(new byte[] {'r'}, value);
  }

  void offerNothing() {
    checkpoints.pipeInput(new TestRecord<>(new byte[] {'r'}, null));
  }

  /** Lets the clock go on, for what a merger does when it starts. */
  void settle() {
    driver.advanceWallClockTime(Duration.ofSeconds(1));
  }

  /** As above, for one that does little at once. */
  void settleInSlices() {
    for (int slice = 0; slice < 100; slice++) {
      settle();
    }
  }

  List<ShardTask> shardTasks() {
    return events(RecordedRun.TOPICS.shardTasks(1));
  }

  List<Teacher> teachers() {
    return events(RecordedRun.TOPICS.teachers());
  }

  List<Metric> metrics() {
    return events(RecordedRun.TOPICS.metrics());
  }

  List<DeadLetter> deadLetters() {
    return events(RecordedRun.TOPICS.deadLetters());
  }

  List<byte[]> changelog() {
    return written("test-" + MergerTopology.STORE + "-changelog");
  }

  /** What is kept beside the teachers and survives the merger. */
  KeyValueStore<String, byte[]> store() {
    return driver.getKeyValueStore(MergerTopology.STORE);
  }

  private <T extends SpecificRecord> List<T> events(Topic<T> topic) {
    return written(topic.name()).stream().map(topic.codec()::decode).toList();
  }

  private List<byte[]> written(String topic) {
    var all = written.computeIfAbsent(topic, _ -> new ArrayList<>());
    all.addAll(
        driver
            .createOutputTopic(topic, new StringDeserializer(), new ByteArrayDeserializer())
            .readValuesToList());
    return all;
  }

  @Override
  public void close() {
    driver.close();
  }
}
