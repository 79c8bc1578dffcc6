package org.gtrturbo.merger;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.UnreadableEventException;
import org.gtrturbo.merging.WeightVectors;
import org.gtrturbo.platform.blobs.BlobStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Routes each checkpoint: into the teacher, past it, or to the dead letters. */
final class MergeProcessor implements Processor<byte[], byte[], String, byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(MergeProcessor.class);
  private static final String NAME = "merger";

  private final TopicCatalogue topics;
  private final MergePlan plan;
  private final TeacherChain chain;
  private final WeightBlobs weights;
  private final CheckpointReader checkpoints;
  private final TeacherFoundry foundry;

  private Optional<Task> task = Optional.empty();
  private Optional<TeacherFoundry.Made> held = Optional.empty();

  private record Task(
      ProcessorContext<String, byte[]> context, KeyValueStore<String, byte[]> store) {}

  MergeProcessor(
      TopicCatalogue topics,
      MergePlan plan,
      TeacherChain chain,
      TeacherFoundry foundry,
      BlobStore blobs) {
    this.topics = topics;
    this.plan = plan;
    this.chain = chain;
    this.weights = new WeightBlobs(blobs);
    this.checkpoints = new CheckpointReader(weights);
    this.foundry = foundry;
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    KeyValueStore<String, byte[]> store = context.getStateStore(MergerTopology.STORE);
    task = Optional.of(new Task(context, store));
    // The store is written at the next fold only, together with the teacher that it makes.
    held =
        chain
            .continueFrom(stored(store))
            .map(teacher -> new TeacherFoundry.Made(teacher, weights.load(teacher)));
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    checkpointIn(record).ifPresent(checkpoint -> process(record, checkpoint));
  }

  private void process(Record<byte[], byte[]> record, Checkpoint checkpoint) {
    switch (plan.stepFor(held.map(TeacherFoundry.Made::teacher), checkpoint)) {
      case MergeStep.Start _ -> start(record, checkpoint);
      case MergeStep.Fold fold -> fold(record, checkpoint, fold);
      case MergeStep.NotDue _ ->
          LOG.debug("checkpoint {} is not due to be merged", checkpoint.getVersion());
      case MergeStep.Past(long newest) ->
          LOG.info("checkpoint {} is past, teacher {} stands", checkpoint.getVersion(), newest);
      case MergeStep.Refused(String reason) -> reject(record, reason);
    }
  }

  private Optional<Checkpoint> checkpointIn(Record<byte[], byte[]> record) {
    if (record.value() == null) {
      reject(record, "the record has no value");
      return Optional.empty();
    }
    try {
      Checkpoint checkpoint = topics.checkpoints().codec().decode(record.value());
      if (checkpoint.getRun().equals(topics.run())) {
        return Optional.of(checkpoint);
      }
      reject(record, "the checkpoint is of run " + checkpoint.getRun() + ", not " + topics.run());
    } catch (UnreadableEventException e) {
      reject(record, String.valueOf(e.getMessage()));
    }
    return Optional.empty();
  }

  private void start(Record<byte[], byte[]> record, Checkpoint base) {
    long begun = System.nanoTime();
    switch (checkpoints.read(base, Optional.empty())) {
      case CheckpointReader.Reading.Unusable(String reason) -> reject(record, reason);
      case CheckpointReader.Reading.Usable(PolicyWeights first) ->
          announce(foundry.start(base, first, now()), first, begun);
    }
  }

  private void fold(Record<byte[], byte[]> record, Checkpoint checkpoint, MergeStep.Fold fold) {
    long begun = System.nanoTime();
    PolicyWeights teacher = held.orElseThrow().weights();
    switch (checkpoints.read(checkpoint, Optional.of(teacher.spec()))) {
      case CheckpointReader.Reading.Unusable(String reason) -> reject(record, reason);
      case CheckpointReader.Reading.Usable(PolicyWeights newest) ->
          announce(foundry.fold(fold, teacher, checkpoint, newest, now()), newest, begun);
    }
  }

  private void announce(TeacherFoundry.Made made, PolicyWeights newest, long begunNanos) {
    Teacher teacher = made.teacher();
    byte[] event = topics.teachers().codec().encode(teacher);
    double distance =
        WeightVectors.distance(made.weights().parameters().values(), newest.parameters().values());
    Duration took = Duration.ofNanos(System.nanoTime() - begunNanos);
    task().store().put(topics.run(), event);
    forward(topics.run(), event, MergerTopology.TEACHERS);
    forward(NAME, metric(teacher, took, distance), MergerTopology.METRICS);
    held = Optional.of(made);
    // Actors wait for this teacher: not for the next interval.
    task().context().commit();
    LOG.info(
        "run={} teacher={} merged={} hash={} made in {} ms",
        teacher.getRun(),
        teacher.getVersion(),
        teacher.getMerged(),
        teacher.getHash(),
        took.toMillis());
  }

  private byte[] metric(Teacher teacher, Duration took, double distance) {
    return topics
        .metrics()
        .codec()
        .encode(
            Metric.newBuilder()
                .setRun(teacher.getRun())
                .setSource(NAME)
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

  private void reject(Record<byte[], byte[]> record, String reason) {
    // Absent only for records that no partition holds, which a source never delivers.
    RecordMetadata origin = task().context().recordMetadata().orElseThrow();
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

  private void forward(String key, byte[] value, String sink) {
    var context = task().context();
    context.forward(new Record<>(key, value, context.currentSystemTimeMs()), sink);
  }

  private Optional<Teacher> stored(KeyValueStore<String, byte[]> store) {
    byte[] event = store.get(topics.run());
    try {
      return Optional.ofNullable(event).map(topics.teachers().codec()::decode);
    } catch (UnreadableEventException e) {
      LOG.warn("the merger's state is unreadable and taken for lost: {}", e.getMessage());
      return Optional.empty();
    }
  }

  private Instant now() {
    return Instant.ofEpochMilli(task().context().currentSystemTimeMs());
  }

  private Task task() {
    return task.orElseThrow();
  }
}
