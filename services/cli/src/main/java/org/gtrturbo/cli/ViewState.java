package org.gtrturbo.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.gtrturbo.lab.Estimate;
import org.gtrturbo.lab.Evaluated;

/** What the live view shows at one moment. */
record ViewState(
    String run,
    String environment,
    Duration elapsed,
    Phase phase,
    Success success,
    Training training) {

  /** What the run is busy with. */
  sealed interface Phase {
    /** Nothing has been heard yet. */
    record Starting() implements Phase {}

    /**
     * @param left until the warm start ends, where the pace is known
     */
    record WarmStart(int step, int steps, double loss, Optional<Duration> left) implements Phase {}

    /**
     * @param turns trained on
     * @param left until all are, where the pace is known
     */
    record Training(long turns, long ofTurns, Optional<Duration> left) implements Phase {}
  }

  /**
   * Success rates as fractions.
   *
   * @param batches of every update so far, in order
   * @param average over the newest batches
   */
  record Success(
      List<Double> batches, OptionalDouble average, Map<Evaluated, EvaluatedSuccess> evaluated) {
    Success {
      batches = List.copyOf(batches);
      evaluated = Map.copyOf(evaluated);
    }
  }

  /** A success rate and the version that has it. */
  record EvaluatedSuccess(Estimate success, long version) {}

  /** How the training goes; empty is what has not been heard of. */
  record Training(
      Optional<Long> policyVersion,
      Optional<TeacherState> teacher,
      OptionalDouble turnsPerSecond,
      Entropy entropy,
      Freshness freshness) {}

  /**
   * @param merged how many checkpoints
   */
  record TeacherState(long version, String rule, long merged) {}

  /** Mean token entropies in nats. */
  record Entropy(OptionalDouble thought, OptionalDouble action) {}

  /** How old what is trained on is. */
  record Freshness(
      OptionalDouble dataAgeSeconds,
      OptionalDouble meanStalenessVersions,
      OptionalDouble maxStalenessVersions) {}
}
