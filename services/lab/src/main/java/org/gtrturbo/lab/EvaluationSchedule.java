package org.gtrturbo.lab;

import java.time.Duration;

/**
 * How much a run is evaluated while it trains.
 *
 * @param everyVersions evaluated again when at least this many versions newer
 * @param episodes of one evaluation
 * @param atLeastApart from the start of one evaluation to the start of the next
 * @param share of one processor's time that evaluations take at most, in (0, 1]
 */
public record EvaluationSchedule(
    int everyVersions, int episodes, Duration atLeastApart, double share) {

  /** For a run on a few processors: success rates to within 9 percent points, every 10 s or so. */
  public static final EvaluationSchedule LIGHT =
      new EvaluationSchedule(1, 128, Duration.ofSeconds(10), 0.05);

  /** For a replay, which is there to be evaluated: every other version, as long as it keeps up. */
  public static final EvaluationSchedule DENSE = new EvaluationSchedule(2, 128, Duration.ZERO, 0.5);

  public EvaluationSchedule {
    if (everyVersions < 1 || episodes < 1 || atLeastApart.isNegative()) {
      throw new IllegalArgumentException(
          "everyVersions and episodes must be at least 1 and atLeastApart not negative, got "
              + everyVersions
              + ", "
              + episodes
              + " and "
              + atLeastApart);
    }
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("share must be above 0 and at most 1, got " + share);
    }
  }

  /** How long to rest after an evaluation that took this long. */
  Duration restAfter(Duration took) {
    Duration forShare = Duration.ofNanos((long) (took.toNanos() * (1 / share - 1)));
    Duration forDistance = atLeastApart.minus(took);
    return forShare.compareTo(forDistance) > 0 ? forShare : forDistance;
  }
}
