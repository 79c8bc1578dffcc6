package org.gtrturbo.merger;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.gtrturbo.events.ShardResult;
import org.gtrturbo.events.ShardState;
import org.gtrturbo.events.ShardStep;
import org.gtrturbo.events.ShardTask;
import org.gtrturbo.events.TensorMeasure;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.UnreadableEventException;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folds what it is sent and sends back what came of it; keeps nothing from task to task. */
final class ShardProcessor implements Processor<String, byte[], String, byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(ShardProcessor.class);

  private final TopicCatalogue topics;
  private final MergeWorkshop workshop;
  private Optional<ProcessorContext<String, byte[]>> context = Optional.empty();

  ShardProcessor(TopicCatalogue topics, MergeWorkshop workshop) {
    this.topics = topics;
    this.workshop = workshop;
  }

  @Override
  public void init(ProcessorContext<String, byte[]> context) {
    this.context = Optional.of(context);
  }

  @Override
  public void process(Record<String, byte[]> record) {
    ShardTask task;
    try {
      task = topics.shardTasks(1).codec().decode(record.value());
    } catch (UnreadableEventException e) {
      // Of another release's coordinator, which has none of this one's results and sends anew.
      LOG.warn("a shard cannot be folded: {}", e.getMessage());
      return;
    }
    byte[] event = topics.shardResults().codec().encode(folded(task));
    ProcessorContext<String, byte[]> to = context.orElseThrow();
    to.forward(record.withValue(event).withTimestamp(to.currentSystemTimeMs()));
    // The coordinator waits for it: not for the next interval.
    to.commit();
    LOG.debug("shard {} of attempt {} is folded", task.getShard(), task.getAttempt());
  }

  /** What comes of a task, all of it stored. */
  ShardResult folded(ShardTask task) {
    List<ShardState> states = workshop.folding().fold(work(task));
    return new ShardResult(
        task.getRun(), task.getStream(), task.getAttempt(), task.getShard(), states);
  }

  private ShardFolding.Work work(ShardTask task) {
    Manifests manifests = workshop.manifests();
    Policies.Policy policy = workshop.policies().of(task.getPolicy());
    return new ShardFolding.Work(
        MergeRule.of(task.getRule(), task.getRuleSettings()),
        policy.plan().shards().get(task.getShard()),
        task.getBase().equals(Manifests.NONE)
            ? Optional.empty()
            : Optional.of(manifests.weights(task.getBase())),
        new MergeProgress(task.getMerged(), task.getWeight()),
        task.getBefore(),
        task.getSteps().stream().map(step -> step(manifests, step)).toList());
  }

  private static ShardFolding.Step step(Manifests manifests, ShardStep step) {
    Map<String, Measure> measures = new HashMap<>();
    for (TensorMeasure measure : step.getMeasures()) {
      measures.put(measure.getTensor(), new Measure(measure.getNewest(), measure.getTeacher()));
    }
    return new ShardFolding.Step(
        step.getVersion(),
        manifests.weights(step.getCheckpoint()),
        step.getEarlier().stream().map(manifests::weights).toList(),
        measures);
  }
}
