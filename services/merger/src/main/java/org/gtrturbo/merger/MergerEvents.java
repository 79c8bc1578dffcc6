package org.gtrturbo.merger;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.ShardTask;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.UnreadableEventException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the coordinating task says and keeps, all of it in the transaction of what it has read: the
 * newest teacher of each stream is kept with the event that announces it.
 */
final class MergerEvents implements TeacherStream.Outlet {
  private static final Logger LOG = LoggerFactory.getLogger(MergerEvents.class);
  private static final String NAME = "merger";

  private final TopicCatalogue topics;
  private final ProcessorContext<String, byte[]> context;
  private final KeyValueStore<String, byte[]> store;

  MergerEvents(TopicCatalogue topics, ProcessorContext<String, byte[]> context) {
    this.topics = topics;
    this.context = context;
    this.store = context.getStateStore(MergerTopology.STORE);
  }

  @Override
  public void announce(Teacher teacher, double distance, Duration took) {
    byte[] event = topics.teachers().codec().encode(teacher);
    String key = key(teacher.getStream());
    store.put(key, event);
    forward(key, event, MergerTopology.TEACHERS);
    forward(source(teacher), metric(teacher, took, distance), MergerTopology.METRICS);
    // Actors wait for this teacher: not for the next interval.
    context.commit();
    LOG.info(
        "run={} teacher={} merged={} hash={} made in {} ms",
        key,
        teacher.getVersion(),
        teacher.getMerged(),
        teacher.getHash(),
        took.toMillis());
  }

  @Override
  public void send(ShardTask task) {
    byte[] event = topics.shardTasks(1).codec().encode(task);
    forward(key(task.getStream()) + "/" + task.getShard(), event, MergerTopology.SHARD_TASKS);
    context.commit();
  }

  /** The topic of the record that is being processed. */
  String topic() {
    return context.recordMetadata().orElseThrow().topic();
  }

  /** Keeps a record that cannot be merged, with the reason. */
  void reject(Record<byte[], byte[]> record, String reason) {
    // Absent only for records that no partition holds, which a source never delivers.
    RecordMetadata origin = context.recordMetadata().orElseThrow();
    var letter =
        DeadLetter.newBuilder()
            .setTopic(origin.topic())
            .setPartition(origin.partition())
            .setOffset(origin.offset())
            .setReader(NAME)
            .setReason(reason)
            .setAt(now());
    Optional.ofNullable(record.key()).map(ByteBuffer::wrap).ifPresent(letter::setKey);
    Optional.ofNullable(record.value()).map(ByteBuffer::wrap).ifPresent(letter::setValue);
    String place = origin.topic() + "-" + origin.partition() + "@" + origin.offset();
    byte[] event = topics.deadLetters().codec().encode(letter.build());
    forward(place, event, MergerTopology.DEAD_LETTERS);
    LOG.warn("{} cannot be merged: {}; it is kept in the dead letters", place, reason);
  }

  /** Keeps a checkpoint that is not fit out of all teachers, until somebody admits it. */
  Decision quarantine(Checkpoint checkpoint, String reason) {
    Decision decision =
        Decision.newBuilder()
            .setRun(topics.run())
            .setKind(DecisionKind.QUARANTINE)
            .setCheckpoint(checkpoint.getVersion())
            .setCheckpointHash(checkpoint.getHash())
            .setReason(reason)
            .setBy(NAME)
            .setAt(now())
            .build();
    forward(topics.run(), topics.decisions().codec().encode(decision), MergerTopology.DECISIONS);
    LOG.warn(
        "run={} checkpoint={} is quarantined: {}", topics.run(), checkpoint.getVersion(), reason);
    return decision;
  }

  /** The offset of the record that is being processed. */
  long offset() {
    return context.recordMetadata().orElseThrow().offset();
  }

  /** The newest teacher of a stream that was kept. */
  Optional<Teacher> kept(String stream) {
    byte[] event = store.get(key(stream));
    try {
      return Optional.ofNullable(event).map(topics.teachers().codec()::decode);
    } catch (UnreadableEventException e) {
      LOG.warn("the merger's state is unreadable and taken for lost: {}", e.getMessage());
      return Optional.empty();
    }
  }

  /** Keeps up to which version checkpoints were judged. */
  void keepJudged(long version) {
    store.put(judgedKey(), ByteBuffer.allocate(Long.BYTES).putLong(version).array());
  }

  void forgetJudged() {
    store.delete(judgedKey());
  }

  OptionalLong keptJudged() {
    byte[] kept = store.get(judgedKey());
    return kept == null ? OptionalLong.empty() : OptionalLong.of(ByteBuffer.wrap(kept).getLong());
  }

  private String judgedKey() {
    return topics.run() + "/judged";
  }

  /** Keeps what the norms of updates are held against. */
  void keepNorms(byte[] known) {
    store.put(topics.run() + "/norms", known);
  }

  Optional<byte[]> keptNorms() {
    return Optional.ofNullable(store.get(topics.run() + "/norms"));
  }

  @Override
  public Instant now() {
    return Instant.ofEpochMilli(context.currentSystemTimeMs());
  }

  private String key(String stream) {
    return stream.isEmpty() ? topics.run() : topics.run() + "/" + stream;
  }

  private static String source(Teacher teacher) {
    return teacher.getStream().isEmpty() ? NAME : NAME + "/" + teacher.getStream();
  }

  private byte[] metric(Teacher teacher, Duration took, double distance) {
    return topics
        .metrics()
        .codec()
        .encode(
            Metric.newBuilder()
                .setRun(teacher.getRun())
                .setSource(source(teacher))
                .setVersion(teacher.getVersion())
                .setValues(
                    Map.of(
                        "merged",
                        (double) teacher.getMerged(),
                        "foldMillis",
                        took.toNanos() / 1e6,
                        "distanceToCheckpoint",
                        distance))
                .setAt(now())
                .build());
  }

  private void forward(String key, byte[] value, String sink) {
    context.forward(new Record<>(key, value, context.currentSystemTimeMs()), sink);
  }
}
