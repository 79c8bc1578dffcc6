package org.gtrturbo.merger;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.ShardResult;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lineage.Verdicts;
import org.gtrturbo.policy.PolicySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which checkpoints come into which teachers: each that is usable and not barred once into every
 * stream, in order; where a decision changes that for one that is past, the stream starts again
 * from the newest teacher before it.
 *
 * <p>Decisions are held against what is merged, and not carried out one by one. So it does not
 * matter how often one is read, or whether it was before a restart or after.
 *
 * <p>A transaction that stays open for ten seconds is lost, and to make teachers anew may take
 * hours: so work is done in slices, a transaction each, and between two of them the task hears of
 * what came.
 */
final class Coordination {
  /** Small pieces of work in a slice, each at most one teacher. */
  static final int STEPS_AT_ONCE = 256;

  private static final Logger LOG = LoggerFactory.getLogger(Coordination.class);
  private static final Duration SLICE = Duration.ofSeconds(2);
  private static final long NOTHING = -1;

  private final String run;
  private final List<TeacherStream> streams;
  private final MergeWorkshop workshop;
  private final TeacherChains chains;
  private final Admission admission;
  private final MergerEvents events;
  private final int stepsAtOnce;
  private final Verdicts verdicts = new Verdicts();
  // Behind the one judged last, while it is not known how far checkpoints were judged.
  private final Deque<Checkpoint> unjudged = new ArrayDeque<>();
  private boolean catchingUp;
  private long judged = NOTHING;
  private long decidedTo;
  private boolean begun;
  private boolean isBusy;

  /**
   * @param stepsAtOnce at most {@link #STEPS_AT_ONCE}
   */
  Coordination(
      String run,
      List<TeacherStream> streams,
      MergeWorkshop workshop,
      TeacherChains chains,
      UpdateNorms norms,
      MergerEvents events,
      int stepsAtOnce) {
    this.run = run;
    this.streams = List.copyOf(streams);
    this.workshop = workshop;
    this.chains = chains;
    this.admission =
        new Admission(run, workshop, verdicts, norms, chains.history(), this::isDue, events);
    this.events = events;
    this.stepsAtOnce = stepsAtOnce;
  }

  /** Takes the streams up where they are; the first work is for {@link #goOn}. */
  void resume() {
    OptionalLong keptJudged = events.keptJudged();
    boolean agrees = keptJudged.isPresent();
    for (TeacherStream stream : streams) {
      Optional<Teacher> kept = events.kept(stream.plan().stream());
      stream.resume(chains.of(stream.plan()).continueFrom(kept));
      stream.held().ifPresent(this::requireStored);
      agrees &= hash(kept).equals(hash(stream.held()));
    }
    if (agrees) {
      judged = keptJudged.getAsLong();
    } else {
      // What the topic has behind was judged or not, and judging it once more gives the same.
      judged = newestHeld();
      catchingUp = judged != NOTHING;
    }
    for (RunHistory.Decided decided : chains.history().decisions()) {
      verdicts.add(decided.decision());
      decidedTo = decided.offset() + 1;
    }
    isBusy = true;
  }

  private static String hash(Optional<Teacher> teacher) {
    return teacher.map(Teacher::getHash).orElse("");
  }

  /** A teacher whose weights are lost must be heard of now, and not with the next checkpoint. */
  private void requireStored(Teacher teacher) {
    var _ = workshop.policies().of(teacher.getPolicy());
    teacher.getTensors().stream()
        .flatMap(tensor -> tensor.getChunks().stream())
        .filter(chunk -> !workshop.blobs().contains(chunk))
        .findFirst()
        .ifPresent(workshop.blobs()::get);
  }

  /** Whether there is work left for {@link #goOn}. */
  boolean isBusy() {
    return isBusy;
  }

  /** Goes on with what is to be done, for a while. */
  void goOn() {
    begin();
    long until = System.nanoTime() + SLICE.toNanos();
    isBusy = true;
    for (int steps = 0; isBusy && steps < stepsAtOnce && System.nanoTime() < until; steps++) {
      isBusy = step();
    }
  }

  /** What was decided before the task was taken up comes before anything else. */
  private void begin() {
    if (!begun) {
      begun = true;
      if (catchingUp) {
        // It would be taken for the whole if this task ended half way.
        events.forgetJudged();
      }
      reconcile();
    }
  }

  private boolean step() {
    if (catchingUp && streams.stream().allMatch(TeacherStream::hasRoom) && judgeNext()) {
      return true;
    }
    boolean moved = false;
    for (TeacherStream stream : streams) {
      moved |= stream.step(judged, checkpoint -> admission.isUsable(checkpoint, spec()));
    }
    return moved;
  }

  private boolean judgeNext() {
    if (unjudged.isEmpty()) {
      unjudged.addAll(
          chains.history().checkpoints(judged + 1, Long.MAX_VALUE, RunHistory.CHECKPOINTS_AT_ONCE));
    }
    Checkpoint next = unjudged.poll();
    if (next == null) {
      catchingUp = false;
      events.keepJudged(judged);
      return false;
    }
    if (next.getRun().equals(run) && isDue(next.getVersion())) {
      // What is unreadable goes to the dead letters when it comes.
      var _ = judge(next);
    }
    settle(next.getVersion(), Optional.empty());
    return true;
  }

  /**
   * Takes a checkpoint.
   *
   * @return why it cannot be merged, if it cannot
   */
  Optional<String> offer(Checkpoint checkpoint) {
    // Checkpoints are judged in their order.
    if (catchingUp) {
      goOn();
    }
    begin();
    Optional<String> refused = takeIn(checkpoint);
    goOn();
    return refused;
  }

  private Optional<String> takeIn(Checkpoint checkpoint) {
    long version = checkpoint.getVersion();
    boolean wanted = false;
    for (TeacherStream stream : streams) {
      switch (stream.plan().stepFor(stream.held(), checkpoint)) {
        case MergeStep.Start _, MergeStep.Due _ -> wanted = true;
        case MergeStep.NotDue _ -> LOG.debug("checkpoint {} is not due", version);
        case MergeStep.Past(long newest) ->
            LOG.info("checkpoint {} is past, teacher {} stands", version, newest);
        case MergeStep.Refused(String reason) -> {
          return Optional.of(reason);
        }
      }
    }
    if (!wanted) {
      return Optional.empty();
    }
    // Its turn comes: it is on the topic.
    return catchingUp && version > judged
        ? admission.whyUnreadable(checkpoint, spec())
        : judge(checkpoint);
  }

  private Optional<String> judge(Checkpoint checkpoint) {
    Admission.Ruling ruling = admission.judge(checkpoint, spec());
    if (ruling instanceof Admission.Ruling.Unreadable(String reason)) {
      return Optional.of(reason);
    }
    boolean isAdmitted = ruling instanceof Admission.Ruling.Admitted;
    settle(checkpoint.getVersion(), isAdmitted ? Optional.of(checkpoint) : Optional.empty());
    return Optional.empty();
  }

  private void settle(long version, Optional<Checkpoint> usable) {
    if (version > judged) {
      long before = judged;
      judged = version;
      streams.forEach(stream -> stream.follow(before, version, usable));
      if (!catchingUp) {
        events.keepJudged(judged);
      }
    }
  }

  /**
   * Takes a decision.
   *
   * @param offset of it on the topic; what was read when the task was taken up is known
   */
  void decide(long offset, Decision decision) {
    begin();
    if (offset >= decidedTo) {
      decidedTo = offset + 1;
      verdicts.add(decision);
      DecisionKind kind = decision.getKind();
      if (kind == DecisionKind.EXCLUDE || kind == DecisionKind.ADMIT) {
        long checkpoint = decision.getCheckpoint();
        LOG.info(
            "run={} checkpoint={} {} by {}: {}",
            run,
            checkpoint,
            kind,
            decision.getBy(),
            decision.getReason());
        streams.stream()
            .filter(stream -> stream.hasRead(checkpoint))
            .forEach(TeacherStream::readAgain);
        reconcile();
      }
    }
    goOn();
  }

  /** Takes a shard that was folded. */
  void take(ShardResult result) {
    begin();
    streams.stream()
        .filter(stream -> stream.plan().stream().equals(result.getStream()))
        .forEach(stream -> stream.take(result));
    goOn();
  }

  /** Starts those streams again whose teachers are not what was decided. */
  private void reconcile() {
    for (TeacherStream stream : streams) {
      if (stream.held().isPresent() && verdicts.versions().iterator().hasNext()) {
        reconcile(stream, stream.held().get());
      }
    }
  }

  private void reconcile(TeacherStream stream, Teacher held) {
    var merged =
        new MergedVersions(
            held, chains.history().teachers(stream.plan().stream()), stream.recent());
    OptionalLong wrong =
        merged.firstWrong(
            verdicts.versions(), verdicts::isBarred, version -> isMissing(stream, held, version));
    if (wrong.isEmpty()) {
      return;
    }
    Teacher from = merged.newestBefore(wrong.getAsLong());
    LOG.info(
        "run={} stream='{}' starts again from teacher {}: checkpoint {} was decided on",
        run,
        stream.plan().stream(),
        from.getVersion(),
        wrong.getAsLong());
    stream.startAgain(from);
  }

  private boolean isMissing(TeacherStream stream, Teacher held, long version) {
    return version <= held.getVersion()
        && verdicts.isAdmitted(version)
        && stream.plan().foldOf(MergePlan.progress(held), version).isPresent()
        && chains.history().checkpoints(version, version).stream()
            .anyMatch(checkpoint -> admission.isUsable(checkpoint, spec()));
  }

  /** Whether any stream may ever merge a version. */
  private boolean isDue(long version) {
    return streams.stream().anyMatch(stream -> stream.isDue(version));
  }

  private long newestHeld() {
    return streams.stream()
        .mapToLong(stream -> stream.held().map(Teacher::getVersion).orElse(NOTHING))
        .max()
        .orElse(NOTHING);
  }

  private Optional<PolicySpec> spec() {
    return streams.stream()
        .flatMap(stream -> stream.held().stream())
        .findFirst()
        .map(teacher -> workshop.policies().of(teacher.getPolicy()).spec());
  }
}
