package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.SampleEvents;
import org.junit.jupiter.api.Test;

/** Curves put together from events. */
class RunCurvesTest {

  @Test
  void aVersionStandsAtTheTurnsItWasTrainedOnInWhateverOrderEventsCome() {
    var curves = new RunCurves();
    curves.add(batch(2, 0.5));
    curves.add(trained(2, 900));
    curves.add(trained(1, 400));
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
    curves.add(trained(7, 700));
    var score = new Score(20, 5, 0, OptionalDouble.of(0.5), 1, 8);
    curves.add(Evaluated.TEACHER_GREEDY.metric("demo", 7, score, Instant.EPOCH));

    assertThat(curves.evaluated(Evaluated.TEACHER_GREEDY).orElseThrow().points())
        .containsExactly(new CurvePoint(700, score.success()));
    assertThat(curves.evaluated(Evaluated.TEACHER_SAMPLED)).isEmpty();
  }

  @Test
  void aReplayIsDrawnFromItsEvaluationsBecauseAnotherPolicyPlayedItsBatches() {
    var live = curves(run(""));
    var replay = curves(run("recorded"));
    var score = new Score(20, 5, 0, OptionalDouble.empty(), 1, 8);

    assertThat(live.played().points()).containsExactly(new CurvePoint(400, Estimate.of(0.25)));
    assertThat(replay.played().points()).isEmpty();
    assertThat(replay.isEmpty()).isTrue();

    replay.add(Evaluated.POLICY_SAMPLED.metric("demo", 1, score, Instant.EPOCH));

    assertThat(replay.played().points()).containsExactly(new CurvePoint(400, score.success()));
    assertThat(replay.isEmpty()).isFalse();
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

  @Test
  void aMeanOverSeedsGoesFromWhereAllHaveBegunToWhereTheFirstEnds() {
    var first = curve(new CurvePoint(0, Estimate.of(0)), new CurvePoint(100, Estimate.of(1)));
    var second =
        curve(
            new CurvePoint(25, Estimate.of(0.25)),
            new CurvePoint(75, Estimate.of(0.25)),
            new CurvePoint(400, Estimate.of(1)));

    LearningCurve mean =
        LearningCurve.mean("both", List.of(first, new LearningCurve("empty", List.of()), second));

    assertThat(mean.points()).extracting(CurvePoint::turns).containsExactly(25L, 75L, 100L);
    assertThat(mean.points().get(1).estimate()).isEqualTo(Statistics.mean(List.of(0.75, 0.25)));
    assertThat(mean.points().get(0).estimate()).isEqualTo(Estimate.of(0.25, 0.25, 0.25));
  }

  @Test
  void theMeanOfOneCurveIsTheCurve() {
    var only = curve(new CurvePoint(7, Estimate.of(0.5, 0.4, 0.6)));

    assertThat(LearningCurve.mean("only", List.of(only)))
        .isEqualTo(new LearningCurve("only", only.points()));
    assertThat(LearningCurve.mean("none", List.of()).points()).isEmpty();
  }

  /** One update, whose batch was won in a quarter of its episodes. */
  private static RunCurves curves(Run run) {
    var curves = new RunCurves();
    curves.add(run);
    curves.add(trained(1, 400));
    curves.add(batch(1, 0.25));
    return curves;
  }

  private static Run run(String replayOf) {
    return new Run(
        "demo",
        RunStatus.COMPLETED,
        "",
        "",
        "numberline",
        1L,
        Instant.EPOCH,
        replayOf,
        Instant.EPOCH);
  }

  private static LearningCurve curve(CurvePoint... points) {
    return new LearningCurve("curve", List.of(points));
  }

  private static Metric batch(long version, double success) {
    return SampleEvents.batch("demo", version, success);
  }

  private static Checkpoint trained(long version, long turns) {
    return SampleEvents.checkpoint("demo", version, turns, Instant.EPOCH);
  }
}
