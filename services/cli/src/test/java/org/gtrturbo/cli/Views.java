package org.gtrturbo.cli;

import java.time.Instant;
import java.util.Map;
import java.util.OptionalDouble;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.MetricNames;
import org.gtrturbo.events.SampleEvents;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lab.Evaluated;
import org.gtrturbo.lab.Score;
import org.gtrturbo.learner.LearnerMetrics;

/** Events of a run that nobody made, and the view of it. */
final class Views {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Views() {}

  static RunView empty() {
    return new RunView("demo", "ezpoints", 60_000, START);
  }

  /** 41 % trained at 200 turns/s; everything has been heard of. */
  static RunView training() {
    RunView view = empty();
    view.warmStart(500, 1_000, 0.5, START.plusSeconds(10));
    view.add(checkpoint(0, 0, 40));
    for (int version = 1; version <= 48; version++) {
      double success = 0.1 + 0.3 * version / 48;
      view.add(batch(version, success));
    }
    view.add(checkpoint(47, 20_576, 142));
    view.add(checkpoint(48, 24_576, 162));
    view.add(teacher(40, 41));
    view.add(evaluated(Evaluated.POLICY_SAMPLED, 48, 48));
    view.add(evaluated(Evaluated.POLICY_GREEDY, 44, 58));
    view.add(evaluated(Evaluated.TEACHER_SAMPLED, 40, 53));
    return view;
  }

  static Metric batch(long version, double success) {
    return new Metric(
        "demo",
        MetricNames.LEARNER,
        version,
        Map.of(
            LearnerMetrics.SUCCESS_RATE, success,
            LearnerMetrics.BEHAVIOUR_THOUGHT_ENTROPY, 0.4123,
            LearnerMetrics.BEHAVIOUR_ACTION_ENTROPY, 0.0871,
            LearnerMetrics.DATA_AGE_SECONDS, 1.84,
            LearnerMetrics.STALENESS_MEAN, 1.24,
            LearnerMetrics.STALENESS_MAX, 2.0),
        START);
  }

  static Metric evaluated(Evaluated evaluated, long version, long successes) {
    var score = new Score(128, successes, 0, OptionalDouble.empty(), 1, 8);
    return evaluated.metric("demo", version, score, START);
  }

  static Checkpoint checkpoint(long version, long turns, long secondsAfterStart) {
    return SampleEvents.checkpoint("demo", version, turns, START.plusSeconds(secondsAfterStart));
  }

  static Teacher teacher(long version, long merged) {
    return SampleEvents.teacher("demo", version, merged, START);
  }
}
