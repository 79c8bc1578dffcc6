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
  private final CheckpointReader checkpoints;
  private final UpdateNorms norms;
  private final MergerEvents events;
  private final Verdicts verdicts = new Verdicts();
  // Read, usable, and not in every teacher yet.
  private final NavigableMap<Long, Checkpoint> pending = new TreeMap<>();
  private long decidedTo;
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
    this.checkpoints = new CheckpointReader(workshop.policies(), workshop.blobs());
    this.norms = norms;
    this.events = events;
  }

  /**
   * Takes the streams up where they are.
   *
   * @return whether there is something to be done at once
   */
  boolean resume() {
    // The store is written at the next fold only, together with the teacher that it makes.
    boolean behind = events.keptPending();
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
    if (behind) {
      readPending(oldestHeld() + 1, Long.MAX_VALUE);
    }
    resumed = pending.isEmpty() && decidedTo == 0;
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
    if (verdicts.isBarred(checkpoint.getVersion())) {
      LOG.info("checkpoint {} is kept out by a decision", checkpoint.getVersion());
      return Optional.empty();
    }
    switch (checkpoints.read(checkpoint, spec())) {
      case CheckpointReader.Reading.Unreadable(String reason) -> {
        return Optional.of(reason);
      }
      case CheckpointReader.Reading.Unfit(String reason) -> quarantine(checkpoint, reason);
      case CheckpointReader.Reading.Usable(Policies.Policy policy, _) -> {
        Optional<String> jump = norms.jump(checkpoint, policy);
        if (jump.isPresent() && !verdicts.isAdmitted(checkpoint.getVersion())) {
          quarantine(checkpoint, jump.get());
        } else {
          pending.put(checkpoint.getVersion(), checkpoint);
          advance();
        }
      }
    }
    return Optional.empty();
  }

  private void quarantine(Checkpoint checkpoint, String reason) {
    verdicts.add(events.quarantine(checkpoint, reason));
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
        && chains.history().checkpoints(version, version).stream().anyMatch(this::isUsable);
  }

  /** What is unusable among them went to the dead letters when it came. */
  private void readPending(long first, long last) {
    for (Checkpoint checkpoint : chains.history().checkpoints(first, last)) {
      if (isUsable(checkpoint)) {
        pending.putIfAbsent(checkpoint.getVersion(), checkpoint);
      }
    }
  }

  private boolean isUsable(Checkpoint checkpoint) {
    return checkpoint.getRun().equals(run)
        && !verdicts.isBarred(checkpoint.getVersion())
        && checkpoints.read(checkpoint, spec()) instanceof CheckpointReader.Reading.Usable;
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

  private Optional<PolicySpec> spec() {
    return streams.stream()
        .flatMap(stream -> stream.held().stream())
        .findFirst()
        .map(teacher -> workshop.policies().of(teacher.getPolicy()).spec());
  }
}
