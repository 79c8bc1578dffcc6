package org.gtrturbo.lab;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Metric;

/**
 * Excludes checkpoints whose policy, sampled, does much worse than the best one before. Made for
 * one thread.
 */
final class SuccessDrop {
  private final String run;
  private final double most;
  private double best;

  /**
   * @param most by how much less often than the best a policy may succeed; 0 is no bound
   */
  SuccessDrop(String run, double most) {
    this.run = run;
    this.most = most;
  }

  /** What an evaluation before this one has seen, whoever made it. */
  void recall(Metric metric) {
    Evaluated.POLICY_SAMPLED
        .success(metric)
        .ifPresent(success -> best = Math.max(best, success.value()));
  }

  /**
   * What is decided about a checkpoint, if anything: its whole interval must lie below the bound,
   * so that no checkpoint goes for bad luck with a few episodes.
   */
  Optional<Decision> judge(Evaluated evaluated, long version, Score score, Instant at) {
    if (most == 0 || evaluated != Evaluated.POLICY_SAMPLED) {
      return Optional.empty();
    }
    Estimate success = score.success();
    double likely = success.bounds().map(Estimate.Bounds::upper).orElse(success.value());
    double before = best;
    best = Math.max(best, success.value());
    if (version == 0 || likely >= before - most) {
      return Optional.empty();
    }
    return Optional.of(
        Decision.newBuilder()
            .setRun(run)
            .setKind(DecisionKind.EXCLUDE)
            .setCheckpoint(version)
            .setReason(
                String.format(
                    Locale.ROOT,
                    "success of %.3f in %d episodes, %.3f was reached before",
                    success.value(),
                    score.episodes(),
                    before))
            .setBy(Evaluated.SOURCE)
            .setAt(at)
            .build());
  }
}
