package org.gtrturbo.merger;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.ShardStep;
import org.gtrturbo.events.ShardTask;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorMeasure;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MeasuredTensor;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.Needs;
import org.gtrturbo.merging.WeightVector;

/** Plans what is folded into one teacher: which checkpoints, what of each as a whole, by shard. */
record FoldPlanner(
    MergePlan plan,
    MergeWorkshop workshop,
    Policies.Policy policy,
    Teacher into,
    EarlierCheckpoints earlier) {
  private static final WeightVector UNREAD = WeightVector.of(MemorySegment.NULL);

  /**
   * The folds that come next, none where nothing is due.
   *
   * @param offered behind the teacher, in order
   * @param most folds; a rule that looks at the whole teacher before gets one
   */
  List<PlannedFold> next(Collection<Checkpoint> offered, int most) {
    Needs.Survey survey = plan.rule().needs().survey();
    int bound = survey == Needs.Survey.CHECKPOINT_AND_TEACHER ? 1 : most;
    var steps = new ArrayList<PlannedFold>();
    MergeProgress progress = MergePlan.progress(into);
    List<Checkpoint> before = earlier.before();
    for (Checkpoint checkpoint : offered) {
      Optional<Fold> fold = plan.foldOf(progress, checkpoint.getVersion());
      if (fold.isPresent()) {
        steps.add(
            new PlannedFold(checkpoint, fold.get(), before, measures(fold.get(), checkpoint)));
        progress = fold.get().after();
        before = earlier.following(before, checkpoint);
        if (steps.size() == bound) {
          break;
        }
      }
    }
    return List.copyOf(steps);
  }

  private Map<String, Measure> measures(Fold fold, Checkpoint checkpoint) {
    Needs.Survey survey = plan.rule().needs().survey();
    if (survey == Needs.Survey.NONE) {
      return Map.of();
    }
    StoredWeights newest = workshop.weights(checkpoint.getTensors());
    Optional<StoredWeights> base = into.getBase().map(workshop.manifests()::weights);
    StoredWeights teacher = workshop.weights(into.getTensors());
    boolean withTeacher = survey == Needs.Survey.CHECKPOINT_AND_TEACHER;
    return plan.rule()
        .measure(
            fold,
            policy.layout().slots().stream()
                .map(
                    slot ->
                        new MeasuredTensor(
                            slot.name(),
                            base.map(each -> each.vector(slot)).orElse(UNREAD),
                            withTeacher ? teacher.vector(slot) : UNREAD,
                            newest.vector(slot)))
                .toList());
  }

  /** What is to be folded into one shard, here. */
  ShardFolding.Work work(ShardPlan.Shard shard, List<PlannedFold> steps) {
    return new ShardFolding.Work(
        plan.rule(),
        shard,
        into.getBase().map(workshop.manifests()::weights),
        MergePlan.progress(into),
        ShardStates.of(into, policy.plan(), shard, workshop.policies().shardBytes()),
        steps.stream()
            .map(
                step ->
                    new ShardFolding.Step(
                        step.checkpoint().getVersion(),
                        workshop.weights(step.checkpoint().getTensors()),
                        step.earlier().stream()
                            .map(each -> workshop.weights(each.getTensors()))
                            .toList(),
                        step.measures()))
            .toList());
  }

  /** The same of every shard, to be folded elsewhere. */
  List<ShardTask> tasks(String attempt, List<PlannedFold> steps) {
    List<Manifested> named =
        steps.stream().map(step -> Manifested.of(step, workshop.manifests())).toList();
    return policy.plan().shards().stream().map(shard -> task(attempt, shard, named)).toList();
  }

  private ShardTask task(String attempt, ShardPlan.Shard shard, List<Manifested> steps) {
    MergeProgress progress = MergePlan.progress(into);
    return ShardTask.newBuilder()
        .setRun(into.getRun())
        .setStream(plan.stream())
        .setAttempt(attempt)
        .setRule(plan.rule().name())
        .setRuleSettings(plan.rule().settings())
        .setPolicy(into.getPolicy())
        .setShard(shard.index())
        .setBase(into.getBase().orElse(Manifests.NONE))
        .setMerged(progress.merged())
        .setWeight(progress.weight())
        .setBefore(ShardStates.of(into, policy.plan(), shard, workshop.policies().shardBytes()))
        .setSteps(steps.stream().map(step -> step.of(shard)).toList())
        .build();
  }

  /** A fold whose checkpoints are named by their manifests. */
  private record Manifested(PlannedFold fold, BlobRef newest, List<BlobRef> earlier) {
    static Manifested of(PlannedFold fold, Manifests manifests) {
      return new Manifested(
          fold,
          manifests.store(fold.checkpoint()),
          fold.earlier().stream().map(manifests::store).toList());
    }

    ShardStep of(ShardPlan.Shard shard) {
      List<TensorMeasure> measures =
          shard.runs().stream()
              .map(run -> run.slot().name())
              .distinct()
              .filter(fold.measures()::containsKey)
              .map(name -> measure(name, fold.measures().getOrDefault(name, Measure.NONE)))
              .toList();
      return new ShardStep(fold.checkpoint().getVersion(), newest, earlier, measures);
    }
  }

  private static TensorMeasure measure(String tensor, Measure measure) {
    return new TensorMeasure(tensor, measure.newest(), measure.teacher());
  }
}
