package org.gtrturbo.cli;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lab.Evaluated;
import org.gtrturbo.lab.Score;

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
        "learner",
        version,
        Map.of(
            "success rate", success,
            "behaviour thought entropy", 0.4123,
            "behaviour action entropy", 0.0871,
            "data age seconds", 1.84,
            "staleness mean", 1.24,
            "staleness max", 2.0),
        START);
  }

  static Metric evaluated(Evaluated evaluated, long version, long successes) {
    var score = new Score(128, successes, 0, OptionalDouble.empty(), 1, 8);
    return evaluated.metric("demo", version, score, START);
  }

  static Checkpoint checkpoint(long version, long turns, long secondsAfterStart) {
    return Checkpoint.newBuilder()
        .setRun("demo")
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setSettingsHash("")
        .setPolicy(new BlobRef("", 0L))
        .setTensors(List.of())
        .setOptimizer(List.of())
        .setOptimizerSteps(0)
        .setTurnsTrained(turns)
        .setBatch(List.of())
        .setProgress(List.of())
        .setConsumed(List.of())
        .setLosses(Map.of())
        .setCreatedAt(START.plusSeconds(secondsAfterStart))
        .build();
  }

  static Teacher teacher(long version, long merged) {
    return Teacher.newBuilder()
        .setRun("demo")
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setRule("ema")
        .setRuleSettings(Map.of())
        .setMerged(merged)
        .setInputs(List.of())
        .setPolicy(new BlobRef("", 0L))
        .setTensors(List.of())
        .setOnnx(new BlobRef("", 0L))
        .setCreatedAt(START)
        .build();
  }
}
