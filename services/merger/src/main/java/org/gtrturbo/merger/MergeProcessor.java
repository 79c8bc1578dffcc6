package org.gtrturbo.merger;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.UnreadableEventException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Routes what the coordinating task reads: checkpoints, decisions, shards that are folded. */
final class MergeProcessor implements Processor<byte[], byte[], String, byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(MergeProcessor.class);
  private static final Duration SOON = Duration.ofMillis(1);

  private final TopicCatalogue topics;
  private final List<MergePlan> plans;
  private final TeacherChains chains;
  private final MergeWorkshop workshop;
  private final MergerTopology.Limits limits;

  private Optional<Assigned> assigned = Optional.empty();
  private Optional<Cancellable> waiting = Optional.empty();

  private record Assigned(
      ProcessorContext<String, byte[]> context, MergerEvents events, Coordination coordination) {}

  MergeProcessor(
      TopicCatalogue topics,
      List<MergePlan> plans,
      TeacherChains chains,
      MergeWorkshop workshop,
      MergerTopology.Limits limits) {
    this.topics = topics;
    this.plans = List.copyOf(plans);
    this.chains = chains;
    this.workshop = workshop;
    this.limits = limits;
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    var events = new MergerEvents(topics, context);
    List<TeacherStream> streams =
        plans.stream()
            .map(plan -> new TeacherStream(plan, workshop, chains.history(), events))
            .toList();
    var norms = new UpdateNorms(limits.normJump(), workshop);
    var coordination =
        new Coordination(
            topics.run(), streams, workshop, chains, norms, events, limits.stepsAtOnce());
    assigned = Optional.of(new Assigned(context, events, coordination));
    coordination.resume();
    // Nothing can be sent before the task runs.
    goOnSoon();
  }

  /** What is left is done in a transaction of its own, when the one under way has ended. */
  private void goOnSoon() {
    if (coordination().isBusy() && waiting.isEmpty()) {
      waiting =
          Optional.of(
              assigned
                  .orElseThrow()
                  .context()
                  .schedule(SOON, PunctuationType.WALL_CLOCK_TIME, _ -> goOn()));
    }
  }

  private void goOn() {
    waiting.ifPresent(Cancellable::cancel);
    waiting = Optional.empty();
    coordination().goOn();
    goOnSoon();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    String topic = events().topic();
    if (topic.equals(topics.shardResults().name())) {
      take(record);
    } else if (topic.equals(topics.decisions().name())) {
      decisionIn(record).ifPresent(decision -> coordination().decide(events().offset(), decision));
    } else {
      checkpointIn(record).ifPresent(checkpoint -> offer(record, checkpoint));
    }
    goOnSoon();
  }

  private void offer(Record<byte[], byte[]> record, Checkpoint checkpoint) {
    coordination().offer(checkpoint).ifPresent(reason -> events().reject(record, reason));
  }

  private void take(Record<byte[], byte[]> record) {
    try {
      coordination().take(topics.shardResults().codec().decode(record.value()));
    } catch (UnreadableEventException e) {
      LOG.warn("a shard that was folded is unreadable and left: {}", e.getMessage());
    }
  }

  private Optional<Decision> decisionIn(Record<byte[], byte[]> record) {
    if (record.value() == null) {
      events().reject(record, "the record has no value");
      return Optional.empty();
    }
    try {
      return Optional.of(topics.decisions().codec().decode(record.value()));
    } catch (UnreadableEventException e) {
      events().reject(record, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private Optional<Checkpoint> checkpointIn(Record<byte[], byte[]> record) {
    if (record.value() == null) {
      events().reject(record, "the record has no value");
      return Optional.empty();
    }
    try {
      Checkpoint checkpoint = topics.checkpoints().codec().decode(record.value());
      if (checkpoint.getRun().equals(topics.run())) {
        return Optional.of(checkpoint);
      }
      events()
          .reject(
              record, "the checkpoint is of run " + checkpoint.getRun() + ", not " + topics.run());
    } catch (UnreadableEventException e) {
      events().reject(record, String.valueOf(e.getMessage()));
    }
    return Optional.empty();
  }

  private MergerEvents events() {
    return assigned.orElseThrow().events();
  }

  private Coordination coordination() {
    return assigned.orElseThrow().coordination();
  }
}
