package org.gtrturbo.merger;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.platform.blobs.FolderBlobStore;

/**
 * The merger's topology under Kafka's test driver; what it wrote may be asked for again and again.
 */
final class DrivenMerger implements AutoCloseable {
  private final TopologyTestDriver driver;
  private final TestInputTopic<byte[], byte[]> checkpoints;
  private final Map<String, List<byte[]>> written = new HashMap<>();

  DrivenMerger(Path folder, MergePlan plan) {
    this(folder, plan, Optional.empty());
  }

  DrivenMerger(Path folder, MergePlan plan, Optional<Teacher> announced) {
    var blobs = new FolderBlobStore(folder.resolve("blobs"));
    var chain = new TeacherChain(plan, () -> announced, Duration.ZERO);
    var config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    config.put(StreamsConfig.STATE_DIR_CONFIG, folder.resolve("state").toString());
    config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    driver =
        new TopologyTestDriver(
            new MergerTopology(RecordedRun.TOPICS, plan, chain, blobs).build(), config);
    checkpoints =
        driver.createInputTopic(
            RecordedRun.TOPICS.checkpoints().name(),
            new ByteArraySerializer(),
            new ByteArraySerializer());
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
