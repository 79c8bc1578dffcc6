package org.gtrturbo.merger;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.ShardResult;
import org.gtrturbo.events.ShardState;
import org.gtrturbo.events.ShardTask;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.lineage.SharesText;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.policy.ParameterLayout;

/**
 * One stream of teachers: the newest, and the checkpoints that are on their way into it.
 *
 * <p>A policy of one shard is folded where it is; of a larger one the shards are sent to be folded,
 * several checkpoints at once where the rule does not ask for the whole teacher in between, and the
 * teachers are put together when all shards are back. What is under way is not kept: after a
 * restart it is sent anew as another attempt, and the same work gives the same shards.
 */
final class TeacherStream {
  // Bounds what a restart repeats, and the states that one result carries.
  private static final int CHECKPOINTS_AT_ONCE = 16;
  // Far more than one transaction holds.
  private static final int RECENT = 256;

  private final MergePlan plan;
  private final MergeWorkshop workshop;
  private final Outlet outlet;
  private final EarlierCheckpoints earlier;
  private final SharesText shares;
  private Optional<Teacher> held = Optional.empty();
  private Optional<Batch> batch = Optional.empty();
  // Others may not see them yet.
  private final Deque<Teacher> recent = new ArrayDeque<>();

  /** Where a stream's events go. */
  interface Outlet {
    /**
     * @param distance ‖θ − T‖ of the checkpoint folded last
     */
    void announce(Teacher teacher, double distance, Duration took);

    void send(ShardTask task);

    Instant now();
  }

  /** Checkpoints whose shards are being folded elsewhere. */
  private record Batch(
      String attempt,
      List<PlannedFold> steps,
      Policies.Policy policy,
      SortedMap<Integer, ShardResult> results,
      long begunNanos) {
    boolean isComplete() {
      return results.size() == policy.plan().shards().size();
    }
  }

  TeacherStream(MergePlan plan, MergeWorkshop workshop, RunHistory history, Outlet outlet) {
    this.plan = plan;
    this.workshop = workshop;
    this.outlet = outlet;
    this.shares = new SharesText(() -> history.teachers(plan.stream()));
    this.earlier = new EarlierCheckpoints(plan.rule().needs().earlier(), history);
  }

  MergePlan plan() {
    return plan;
  }

  Optional<Teacher> held() {
    return held;
  }

  /** Whether checkpoints are on their way into the teacher. */
  boolean isUnderWay() {
    return batch.isPresent();
  }

  /** Goes on with a teacher; what was under way is given up. */
  void resume(Optional<Teacher> teacher) {
    held = teacher;
    batch = Optional.empty();
    earlier.resume(teacher);
  }

  /** The teachers that were announced last, in order. */
  List<Teacher> recent() {
    return List.copyOf(recent);
  }

  /** Gives up what is under way; it begins again with the next {@link #advance}. */
  void giveUp() {
    batch = Optional.empty();
  }

  /**
   * Starts again from an earlier teacher, as a new revision of the stream.
   *
   * @param from a teacher of this stream that {@link #held} follows from
   */
  void startAgain(Teacher from) {
    long begun = System.nanoTime();
    long revision = held.map(Teacher::getRevision).orElse(0L) + 1;
    resume(Optional.of(from));
    Teacher revised = workshop.foundry().revised(from, revision, outlet.now());
    // Those that follow come of it.
    var _ = shares.of(revised);
    tell(revised, 0, begun);
  }

  /** The base becomes the first teacher. */
  void start(Checkpoint base) {
    long begun = System.nanoTime();
    Policies.Policy policy = workshop.policies().of(base.getPolicy());
    plan.rule()
        .requireTensors(
            policy.layout().slots().stream()
                .map(ParameterLayout.Slot::name)
                .collect(Collectors.toSet()));
    StoredWeights weights = workshop.weights(base.getTensors());
    List<ShardState> shards =
        policy.plan().shards().stream()
            .map(shard -> workshop.folding().start(plan.rule(), shard, weights))
            .toList();
    Optional<BlobRef> manifest =
        plan.rule().needs().base()
            ? Optional.of(workshop.manifests().store(base))
            : Optional.empty();
    announce(
        policy,
        new TeacherFoundry.Parts(
            base, MergeProgress.NONE, List.of(TeacherFoundry.input(base, 1)), manifest, shards),
        begun);
  }

  /** Folds what is due, or sends it to be folded, unless something is under way. */
  void advance(NavigableMap<Long, Checkpoint> offered) {
    while (batch.isEmpty() && held.isPresent()) {
      Teacher into = held.get();
      Policies.Policy policy = workshop.policies().of(into.getPolicy());
      boolean inPlace = policy.plan().shards().size() == 1;
      var planner = new FoldPlanner(plan, workshop, policy, into, earlier);
      List<PlannedFold> steps =
          planner.next(
              offered.tailMap(into.getVersion(), false).values(),
              inPlace ? 1 : CHECKPOINTS_AT_ONCE);
      if (steps.isEmpty()) {
        return;
      }
      long begun = System.nanoTime();
      if (inPlace) {
        List<ShardState> states =
            workshop.folding().fold(planner.work(policy.plan().shards().getFirst(), steps));
        fold(policy, steps.getFirst(), List.of(states.getFirst()), begun);
      } else {
        send(planner, new Batch(id(), steps, policy, new TreeMap<>(), begun));
      }
    }
  }

  private static String id() {
    return UUID.randomUUID().toString();
  }

  private void send(FoldPlanner planner, Batch next) {
    batch = Optional.of(next);
    planner.tasks(next.attempt(), next.steps()).forEach(outlet::send);
  }

  /** Takes a shard back; with the last one the teachers are announced. */
  void take(ShardResult result) {
    if (batch.isEmpty() || !batch.get().attempt().equals(result.getAttempt())) {
      return;
    }
    Batch under = batch.get();
    under.results().put(result.getShard(), result);
    if (!under.isComplete()) {
      return;
    }
    long each = (System.nanoTime() - under.begunNanos()) / under.steps().size();
    for (int step = 0; step < under.steps().size(); step++) {
      int place = step;
      List<ShardState> states =
          under.results().values().stream().map(shard -> shard.getStates().get(place)).toList();
      fold(under.policy(), under.steps().get(step), states, System.nanoTime() - each);
    }
    batch = Optional.empty();
  }

  private void fold(
      Policies.Policy policy, PlannedFold step, List<ShardState> shards, long begunNanos) {
    Teacher before = held.orElseThrow();
    Fold fold = step.fold();
    var inputs = new ArrayList<TeacherInput>();
    inputs.add(TeacherFoundry.input(step.checkpoint(), fold.newest()));
    step.earlier().forEach(each -> inputs.add(TeacherFoundry.input(each, fold.newest())));
    inputs.add(TeacherFoundry.input(before, fold.teacher()));
    announce(
        policy,
        new TeacherFoundry.Parts(step.checkpoint(), fold.after(), inputs, before.getBase(), shards),
        begunNanos);
    earlier.add(step.checkpoint());
  }

  private void announce(Policies.Policy policy, TeacherFoundry.Parts parts, long begunNanos) {
    double distance =
        Math.sqrt(parts.shards().stream().mapToDouble(ShardState::getSquaredDistance).sum());
    Teacher teacher = workshop.foundry().make(plan, policy, held, parts, shares, outlet.now());
    tell(teacher, distance, begunNanos);
  }

  private void tell(Teacher teacher, double distance, long begunNanos) {
    held = Optional.of(teacher);
    recent.addLast(teacher);
    if (recent.size() > RECENT) {
      recent.removeFirst();
    }
    outlet.announce(teacher, distance, Duration.ofNanos(System.nanoTime() - begunNanos));
  }
}
