package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.gtrturbo.events.Metric;
import org.junit.jupiter.api.Test;

/** Curves put together from events. */
class RunCurvesTest {

  @Test
  void aVersionStandsAtTheTurnsItWasTrainedOnInWhateverOrderEventsCome() {
    var curves = new RunCurves();
    curves.add(batch(2, 0.5));
    curves.add(Checkpoints.trained(2, 900));
    curves.add(Checkpoints.trained(1, 400));
    curves.add(batch(1, 0.25));
    curves.add(batch(3, 0.75));

    // Version 3 has no checkpoint, so nobody knows its turns.
    assertThat(curves.batches().points())
        .containsExactly(
            new CurvePoint(400, Estimate.of(0.25)), new CurvePoint(900, Estimate.of(0.5)));
  }

  @Test
  void evaluationsKeepTheirIntervals() {
    var curves = new RunCurves();
    curves.add(Checkpoints.trained(7, 700));
    var score = new Score(20, 5, 0, OptionalDouble.of(0.5), 1, 8);
    curves.add(Evaluated.TEACHER_GREEDY.metric("demo", 7, score, Instant.EPOCH));

    assertThat(curves.evaluated(Evaluated.TEACHER_GREEDY).orElseThrow().points())
        .containsExactly(new CurvePoint(700, score.success()));
    assertThat(curves.evaluated(Evaluated.TEACHER_SAMPLED)).isEmpty();
  }

  @Test
  void aMovingAverageLooksBackOnly() {
    var curve =
        new LearningCurve(
            "batches",
            List.of(
                new CurvePoint(1, Estimate.of(1)),
                new CurvePoint(2, Estimate.of(3)),
                new CurvePoint(3, Estimate.of(8))));

    assertThat(curve.movingAverage(2).points())
        .containsExactly(
            new CurvePoint(1, Estimate.of(1)),
            new CurvePoint(2, Estimate.of(2)),
            new CurvePoint(3, Estimate.of(5.5)));
  }

  private static Metric batch(long version, double success) {
    return new Metric("demo", "learner", version, Map.of("success rate", success), Instant.EPOCH);
  }
}
