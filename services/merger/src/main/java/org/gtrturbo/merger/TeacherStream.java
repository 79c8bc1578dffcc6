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
import java.util.function.Predicate;
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
 *
 * <p>Checkpoints that are past when the stream needs them are read from the topic again, a few
 * hundred events at a time: a stream that starts again far behind neither fills the memory nor
 * keeps the other streams waiting.
 */
final class TeacherStream {
  // Bounds what a restart repeats, and the states that one result carries.
  private static final int CHECKPOINTS_AT_ONCE = 16;
  // As many as one transaction can hold, and more.
  private static final int RECENT = 2 * Coordination.STEPS_AT_ONCE;
  private static final long NOTHING = -1;

  private final MergePlan plan;
  private final MergeWorkshop workshop;
  private final RunHistory history;
  private final Outlet outlet;
  private final EarlierCheckpoints earlier;
  private final SharesText shares;
  private Optional<Teacher> held = Optional.empty();
  private Optional<Batch> batch = Optional.empty();
  private final Deque<Folded> folded = new ArrayDeque<>();
  // Usable, and not in the teacher yet.
  private final NavigableMap<Long, Checkpoint> waiting = new TreeMap<>();
  // Behind those that wait, and not looked at since they were read from the topic.
  private final Deque<Checkpoint> unread = new ArrayDeque<>();
  // Up to here all checkpoints are in the teacher, wait, are unread or were passed over.
  private long readTo = NOTHING;
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

  /** A checkpoint whose shards are back. */
  private record Folded(
      Policies.Policy policy, PlannedFold step, List<ShardState> shards, Duration took) {}

  TeacherStream(MergePlan plan, MergeWorkshop workshop, RunHistory history, Outlet outlet) {
    this.plan = plan;
    this.workshop = workshop;
    this.history = history;
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

  /** Goes on with a teacher; what was under way is given up. */
  void resume(Optional<Teacher> teacher) {
    held = teacher;
    earlier.resume(teacher);
    readAgain();
  }

  /** Gives up what is under way, and reads again from the topic what is behind the teacher. */
  void readAgain() {
    batch = Optional.empty();
    folded.clear();
    waiting.clear();
    unread.clear();
    readTo = version();
  }

  /** Whether a checkpoint has come that is behind the teacher. */
  boolean hasRead(long version) {
    return version > version() && version <= readTo;
  }

  private long version() {
    return held.map(Teacher::getVersion).orElse(NOTHING);
  }

  /** The teachers that were announced last, in order. */
  List<Teacher> recent() {
    return List.copyOf(recent);
  }

  /**
   * Hears of a checkpoint that was judged. Where others before it are still to be read from the
   * topic, or many wait, it is read there too.
   *
   * @param before the version that was judged before it
   * @param usable the checkpoint, if it can be merged
   */
  void follow(long before, long version, Optional<Checkpoint> usable) {
    if (version <= readTo || readTo < before || !hasRoom()) {
      return;
    }
    readTo = version;
    if (usable.isPresent() && isDue(version)) {
      if (unread.isEmpty()) {
        waiting.put(version, usable.get());
      } else {
        unread.add(usable.get());
      }
    }
  }

  /** Whether it may be shown more before it has done what there is. */
  boolean hasRoom() {
    return waiting.size() < CHECKPOINTS_AT_ONCE;
  }

  /** Whether the stream may ever merge a version. */
  boolean isDue(long version) {
    return version == 0 || plan.foldOf(MergeProgress.NONE, version).isPresent();
  }

  /**
   * Starts again from an earlier teacher, as a new revision of the stream.
   *
   * @param earlierTeacher of this stream, that {@link #held} follows from; its tensors may be left
   *     out
   */
  void startAgain(Teacher earlierTeacher) {
    long begun = System.nanoTime();
    long revision = held.map(Teacher::getRevision).orElse(0L) + 1;
    Teacher from = whole(earlierTeacher);
    resume(Optional.of(from));
    Teacher revised = workshop.foundry().revised(from, revision, outlet.now());
    // Those that follow come of it.
    var _ = shares.of(revised);
    tell(revised, 0, begun);
  }

  private Teacher whole(Teacher teacher) {
    return recent.stream()
        .filter(each -> each.getHash().equals(teacher.getHash()))
        .findFirst()
        .or(() -> history.teacher(plan.stream(), teacher.getHash()))
        .orElseThrow(
            () ->
                new BrokenChainException(
                    "teacher "
                        + teacher.getVersion()
                        + " is no longer on the topic; restore the topic, or start another run"));
  }

  /** The base becomes the first teacher. */
  private void start(Checkpoint base) {
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

  /**
   * Does the next small piece of work, if there is any that does not wait for shards: announces a
   * teacher, looks at a checkpoint, or sends shards to be folded.
   *
   * @param judged the version up to which checkpoints were judged
   * @param isUsable whether one that was judged can be merged
   * @return whether there was any
   */
  boolean step(long judged, Predicate<Checkpoint> isUsable) {
    Folded next = folded.poll();
    if (next != null) {
      fold(next);
      return true;
    }
    return batch.isEmpty() && (readOn(judged, isUsable) || advance());
  }

  private boolean readOn(long judged, Predicate<Checkpoint> isUsable) {
    if (!hasRoom()) {
      return false;
    }
    if (unread.isEmpty() && readTo < judged) {
      int most = RunHistory.CHECKPOINTS_AT_ONCE;
      List<Checkpoint> read = history.checkpoints(readTo + 1, judged, most);
      readTo = read.size() < most ? judged : read.getLast().getVersion();
      read.stream().filter(each -> isDue(each.getVersion())).forEach(unread::add);
      return true;
    }
    Checkpoint next = unread.poll();
    if (next == null) {
      return false;
    }
    if (isUsable.test(next)) {
      waiting.putIfAbsent(next.getVersion(), next);
    }
    return true;
  }

  private boolean advance() {
    if (waiting.isEmpty()) {
      return false;
    }
    if (held.isEmpty()) {
      Checkpoint base = waiting.remove(0L);
      if (base != null) {
        start(base);
      }
      return base != null;
    }
    Teacher into = held.get();
    Policies.Policy policy = workshop.policies().of(into.getPolicy());
    boolean inPlace = policy.plan().shards().size() == 1;
    var planner = new FoldPlanner(plan, workshop, policy, into, earlier);
    List<PlannedFold> steps = planner.next(waiting.values(), inPlace ? 1 : CHECKPOINTS_AT_ONCE);
    if (steps.isEmpty()) {
      // Nor will they be due to a later teacher: there is none without them.
      waiting.clear();
      return false;
    }
    waiting.headMap(steps.getLast().checkpoint().getVersion(), true).clear();
    if (inPlace) {
      long begun = System.nanoTime();
      List<ShardState> states =
          workshop.folding().fold(planner.work(policy.plan().shards().getFirst(), steps));
      fold(new Folded(policy, steps.getFirst(), List.of(states.getFirst()), since(begun)));
    } else {
      send(planner, new Batch(id(), steps, policy, new TreeMap<>(), System.nanoTime()));
    }
    return true;
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private static String id() {
    return UUID.randomUUID().toString();
  }

  private void send(FoldPlanner planner, Batch next) {
    batch = Optional.of(next);
    planner.tasks(next.attempt(), next.steps()).forEach(outlet::send);
  }

  /** Takes a shard back; with the last one the teachers can be announced. */
  void take(ShardResult result) {
    if (batch.isEmpty() || !batch.get().attempt().equals(result.getAttempt())) {
      return;
    }
    Batch under = batch.get();
    under.results().put(result.getShard(), result);
    if (!under.isComplete()) {
      return;
    }
    Duration each = since(under.begunNanos()).dividedBy(under.steps().size());
    for (int step = 0; step < under.steps().size(); step++) {
      int place = step;
      List<ShardState> states =
          under.results().values().stream().map(shard -> shard.getStates().get(place)).toList();
      folded.add(new Folded(under.policy(), under.steps().get(step), states, each));
    }
    batch = Optional.empty();
  }

  private void fold(Folded next) {
    long begun = System.nanoTime() - next.took().toNanos();
    Teacher before = held.orElseThrow();
    PlannedFold step = next.step();
    Fold fold = step.fold();
    var inputs = new ArrayList<TeacherInput>();
    inputs.add(TeacherFoundry.input(step.checkpoint(), fold.newest()));
    step.earlier().forEach(each -> inputs.add(TeacherFoundry.input(each, fold.newest())));
    inputs.add(TeacherFoundry.input(before, fold.teacher()));
    announce(
        next.policy(),
        new TeacherFoundry.Parts(
            step.checkpoint(), fold.after(), inputs, before.getBase(), next.shards()),
        begun);
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
