package org.gtrturbo.merger;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.lineage.Verdicts;
import org.gtrturbo.policy.PolicySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which checkpoints may be merged: those that can be read, whose numbers are finite and whose
 * update is in proportion, unless a decision says otherwise.
 *
 * <p>What updates are held against is kept in the state with each checkpoint that is judged, in the
 * transaction that takes it off the topic. A state without it, because it is lost or of a release
 * that kept none, has it made anew from the checkpoints and decisions on the topics. Either way the
 * same checkpoints are quarantined, wherever one task stops and another begins.
 */
final class Admission {
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

  private final String run;
  private final CheckpointReader checkpoints;
  private final Verdicts verdicts;
  private final UpdateNorms norms;
  private final RunHistory history;
  private final LongPredicate isDue;
  private final MergerEvents events;

  /** What is to become of a checkpoint. */
  sealed interface Ruling {
    record Admitted() implements Ruling {}

    /** By a decision, which may have been made just now. */
    record KeptOut() implements Ruling {}

    record Unreadable(String reason) implements Ruling {}
  }

  /**
   * @param isDue which versions are ever merged; others are not read
   */
  Admission(
      String run,
      MergeWorkshop workshop,
      Verdicts verdicts,
      UpdateNorms norms,
      RunHistory history,
      LongPredicate isDue,
      MergerEvents events) {
    this.run = run;
    this.checkpoints = new CheckpointReader(workshop.policies(), workshop.blobs());
    this.verdicts = verdicts;
    this.norms = norms;
    this.history = history;
    this.isDue = isDue;
    this.events = events;
  }

  /**
   * Judges a checkpoint that is due; one that was judged before is not judged otherwise.
   *
   * @param spec of the teacher, which it must fit
   */
  Ruling judge(Checkpoint checkpoint, Optional<PolicySpec> spec) {
    long version = checkpoint.getVersion();
    if (norms.areBounded() && !norms.isBegun()) {
      goOn(version, spec);
    }
    if (verdicts.isBarred(version) && (!norms.areBounded() || norms.isMeasured(version))) {
      LOG.info("checkpoint {} is kept out by a decision", version);
      return new Ruling.KeptOut();
    }
    return switch (checkpoints.read(checkpoint, spec)) {
      case CheckpointReader.Reading.Unreadable(String reason) ->
          verdicts.isBarred(version) ? new Ruling.KeptOut() : new Ruling.Unreadable(reason);
      case CheckpointReader.Reading.Unfit(String reason) -> {
        quarantine(checkpoint, reason);
        yield new Ruling.KeptOut();
      }
      case CheckpointReader.Reading.Usable(Policies.Policy policy, _) -> {
        measure(checkpoint, policy);
        yield verdicts.isBarred(version) ? new Ruling.KeptOut() : new Ruling.Admitted();
      }
    };
  }

  /** Whether a checkpoint that was judged before can be merged. */
  boolean isUsable(Checkpoint checkpoint, Optional<PolicySpec> spec) {
    return checkpoint.getRun().equals(run)
        && !verdicts.isBarred(checkpoint.getVersion())
        && checkpoints.read(checkpoint, spec) instanceof CheckpointReader.Reading.Usable;
  }

  /** Why a checkpoint's weights cannot be read, if they cannot. */
  Optional<String> whyUnreadable(Checkpoint checkpoint, Optional<PolicySpec> spec) {
    return checkpoints.read(checkpoint, spec)
            instanceof CheckpointReader.Reading.Unreadable(String reason)
        ? Optional.of(reason)
        : Optional.empty();
  }

  /** One that is excluded already is measured too, because the next one is measured from it. */
  private void measure(Checkpoint checkpoint, Policies.Policy policy) {
    long version = checkpoint.getVersion();
    if (norms.areBounded() && !norms.isMeasured(version)) {
      norms
          .jump(checkpoint, policy, verdicts.isAdmitted(version))
          .ifPresent(reason -> quarantine(checkpoint, reason));
      norms.known().map(UpdateNorms.Known::encoded).ifPresent(events::keepNorms);
    }
  }

  private void quarantine(Checkpoint checkpoint, String reason) {
    if (!verdicts.isQuarantined(checkpoint.getVersion())) {
      verdicts.add(events.quarantine(checkpoint, reason));
    }
  }

  private void goOn(long version, Optional<PolicySpec> spec) {
    Optional<UpdateNorms.Known> kept = events.keptNorms().map(UpdateNorms.Known::of);
    Optional<Checkpoint> last = kept.flatMap(known -> checkpoint(known.version()));
    if (last.isPresent()) {
      norms.resume(last.get(), kept.orElseThrow());
    } else {
      recall(version, spec);
    }
  }

  private Optional<Checkpoint> checkpoint(long version) {
    return history.checkpoints(version, version).stream()
        .filter(checkpoint -> checkpoint.getRun().equals(run))
        .findFirst();
  }

  private record Recalled(Checkpoint checkpoint, Policies.Policy policy, boolean jumped) {}

  /** Back from a version for as far as its judgement depends on. */
  private void recall(long version, Optional<PolicySpec> spec) {
    List<Checkpoint> before =
        history.checkpoints(0, version - 1).stream()
            .filter(each -> each.getRun().equals(run) && isDue.test(each.getVersion()))
            .toList();
    Deque<Recalled> recalled = new ArrayDeque<>();
    int counted = 0;
    for (Checkpoint checkpoint : before.reversed()) {
      if (checkpoints.read(checkpoint, spec)
          instanceof CheckpointReader.Reading.Usable(Policies.Policy policy, _)) {
        boolean jumped = verdicts.isQuarantined(checkpoint.getVersion());
        recalled.addFirst(new Recalled(checkpoint, policy, jumped));
        if (counted == UpdateNorms.REMEMBERED) {
          break;
        }
        counted += jumped ? 0 : 1;
      }
    }
    recalled.forEach(each -> norms.recall(each.checkpoint(), each.policy(), each.jumped()));
    if (!recalled.isEmpty()) {
      LOG.info("run={} norms of updates are recalled from {} checkpoints", run, recalled.size());
    }
  }
}
