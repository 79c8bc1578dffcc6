package org.gtrturbo.merger;

import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.ShardResult;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lineage.Verdicts;
import org.gtrturbo.merging.MergeProgress;
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
 */
final class Coordination {
  private static final Logger LOG = LoggerFactory.getLogger(Coordination.class);

  private final String run;
  private final List<TeacherStream> streams;
  private final MergeWorkshop workshop;
  private final TeacherChains chains;
  private final Admission admission;
  private final MergerEvents events;
  private final Verdicts verdicts = new Verdicts();
  // Read, usable, and not in every teacher yet.
  private final NavigableMap<Long, Checkpoint> pending = new TreeMap<>();
  private long decidedTo;
  private boolean behind;
  private boolean resumed;

  Coordination(
      String run,
      List<TeacherStream> streams,
      MergeWorkshop workshop,
      TeacherChains chains,
      UpdateNorms norms,
      MergerEvents events) {
    this.run = run;
    this.streams = List.copyOf(streams);
    this.workshop = workshop;
    this.chains = chains;
    this.admission =
        new Admission(run, workshop, verdicts, norms, chains.history(), this::isDue, events);
    this.events = events;
  }

  /**
   * Takes the streams up where they are.
   *
   * @return whether there is something to be done at once
   */
  boolean resume() {
    // The store is written at the next fold only, together with the teacher that it makes.
    behind = events.keptPending();
    for (TeacherStream stream : streams) {
      Optional<Teacher> kept = events.kept(stream.plan().stream());
      stream.resume(chains.of(stream.plan()).continueFrom(kept));
      stream.held().ifPresent(this::requireStored);
      behind |= stream.held().isPresent() && kept.isEmpty();
    }
    // A shadow that is new begins with the base, which is past.
    behind |= streams.stream().map(stream -> stream.held().isPresent()).distinct().count() > 1;
    for (RunHistory.Decided decided : chains.history().decisions()) {
      verdicts.add(decided.decision());
      decidedTo = decided.offset() + 1;
    }
    resumed = !behind && decidedTo == 0;
    return !resumed;
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

  /** Does what was left to be done when the task was taken up, before anything else is done. */
  void goOn() {
    if (!resumed) {
      resumed = true;
      if (behind) {
        long judged = newestHeld();
        readPending(oldestHeld() + 1, judged);
        judgePending(judged + 1);
      }
      reconcile();
      advance();
    }
  }

  /**
   * Takes a checkpoint.
   *
   * @return why it cannot be merged, if it cannot
   */
  Optional<String> offer(Checkpoint checkpoint) {
    goOn();
    long version = checkpoint.getVersion();
    Checkpoint known = pending.get(version);
    if (known != null && known.getHash().equals(checkpoint.getHash())) {
      LOG.info("checkpoint {} waits for those before it already", version);
      return Optional.empty();
    }
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
    return wanted ? admit(checkpoint) : Optional.empty();
  }

  private Optional<String> admit(Checkpoint checkpoint) {
    return switch (admission.judge(checkpoint, spec())) {
      case Admission.Ruling.Unreadable(String reason) -> Optional.of(reason);
      case Admission.Ruling.KeptOut _ -> Optional.empty();
      case Admission.Ruling.Admitted _ -> {
        pending.put(checkpoint.getVersion(), checkpoint);
        advance();
        yield Optional.empty();
      }
    };
  }

  /**
   * Takes a decision.
   *
   * @param offset of it on the topic; what was read when the task was taken up is known
   */
  void decide(long offset, Decision decision) {
    goOn();
    if (offset < decidedTo) {
      return;
    }
    decidedTo = offset + 1;
    verdicts.add(decision);
    if (decision.getKind() == DecisionKind.EXCLUDE || decision.getKind() == DecisionKind.ADMIT) {
      LOG.info(
          "run={} checkpoint={} {} by {}: {}",
          run,
          decision.getCheckpoint(),
          decision.getKind(),
          decision.getBy(),
          decision.getReason());
      reconcile();
      advance();
    }
  }

  /** Takes a shard that was folded. */
  void take(ShardResult result) {
    goOn();
    streams.stream()
        .filter(stream -> stream.plan().stream().equals(result.getStream()))
        .forEach(stream -> stream.take(result));
    advance();
  }

  /** Starts those streams again whose teachers are not what was decided. */
  private void reconcile() {
    if (pending.keySet().removeIf(verdicts::isBarred)) {
      streams.forEach(TeacherStream::giveUp);
    }
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
    long reached = held.getVersion();
    stream.startAgain(from);
    readPending(from.getVersion() + 1, reached);
  }

  private boolean isMissing(TeacherStream stream, Teacher held, long version) {
    return version <= held.getVersion()
        && verdicts.isAdmitted(version)
        && stream.plan().foldOf(MergePlan.progress(held), version).isPresent()
        && chains.history().checkpoints(version, version).stream()
            .anyMatch(checkpoint -> admission.isUsable(checkpoint, spec()));
  }

  /** What is unusable among them went to the dead letters when it came. */
  private void readPending(long first, long last) {
    for (Checkpoint checkpoint : chains.history().checkpoints(first, last)) {
      if (admission.isUsable(checkpoint, spec())) {
        pending.putIfAbsent(checkpoint.getVersion(), checkpoint);
      }
    }
  }

  /** Some were judged when they came, and some have not come; either way they are the same. */
  private void judgePending(long first) {
    for (Checkpoint checkpoint : chains.history().checkpoints(first, Long.MAX_VALUE)) {
      if (checkpoint.getRun().equals(run)
          && isDue(checkpoint.getVersion())
          && admission.judge(checkpoint, spec()) instanceof Admission.Ruling.Admitted) {
        pending.putIfAbsent(checkpoint.getVersion(), checkpoint);
      }
    }
  }

  /** Whether any stream may ever merge a version. */
  private boolean isDue(long version) {
    return version == 0
        || streams.stream()
            .anyMatch(stream -> stream.plan().foldOf(MergeProgress.NONE, version).isPresent());
  }

  /** Moves every stream as far as it comes, and forgets what all of them have. */
  private void advance() {
    Checkpoint base = pending.get(0L);
    if (base != null) {
      streams.stream()
          .filter(stream -> stream.held().isEmpty())
          .forEach(stream -> stream.start(base));
    }
    streams.forEach(stream -> stream.advance(pending));
    long settled =
        streams.stream()
            .filter(TeacherStream::isUnderWay)
            .mapToLong(stream -> stream.held().map(Teacher::getVersion).orElse(-1L))
            .min()
            .orElse(Long.MAX_VALUE);
    pending.headMap(settled, true).clear();
    events.keepPending(!pending.isEmpty());
  }

  private long oldestHeld() {
    return streams.stream()
        .mapToLong(stream -> stream.held().map(Teacher::getVersion).orElse(-1L))
        .min()
        .orElse(-1L);
  }

  private long newestHeld() {
    return streams.stream()
        .mapToLong(stream -> stream.held().map(Teacher::getVersion).orElse(-1L))
        .max()
        .orElse(-1L);
  }

  private Optional<PolicySpec> spec() {
    return streams.stream()
        .flatMap(stream -> stream.held().stream())
        .findFirst()
        .map(teacher -> workshop.policies().of(teacher.getPolicy()).spec());
  }
}
