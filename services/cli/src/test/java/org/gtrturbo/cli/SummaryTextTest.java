package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.lab.RunSummary.Ending;
import org.gtrturbo.lab.RunSummary.Identity;
import org.gtrturbo.lab.RunSummary.Outcome;
import org.gtrturbo.lab.RunSummary.Progress;
import org.gtrturbo.lab.RunSummary.Rate;
import org.gtrturbo.lab.RunSummary.Replay;
import org.gtrturbo.lab.RunSummary.Results;
import org.gtrturbo.lab.RunSummary.Seconds;
import org.gtrturbo.lab.RunSummary.TeacherOutcome;
import org.junit.jupiter.api.Test;

/** The words at a run's end. */
class SummaryTextTest {

  @Test
  void aCompleteRunIsSummedUp() {
    var teacher = new TeacherOutcome(118, "ema", 60, rate(0.5), rate(0.625));
    var summary =
        summary(
            Ending.COMPLETED,
            Optional.of(teacher),
            Map.of("policy", "policy.onnx", "learning curve", "learning-curve.png"));

    assertThat(String.join("\n", SummaryText.of(summary)) + "\n")
        .isEqualTo(
            """
            run demo on ezpoints with seed 1 is complete: 60,000 turns trained on in 118 updates
            0:05:12 in all: warm start 0:00:48, training 0:04:01 at 249 turns/s

            success, % [95 % interval]   sampled                      greedy
              warm start                  12.5 [7.5, 17.5] of 512      25.0 [20.0, 30.0] of 512
              policy                      37.5 [32.5, 42.5] of 512    100.0 [95.0, 100.0] of 512
              teacher                     50.0 [45.0, 55.0] of 512     62.5 [57.5, 67.5] of 512

            the teacher is version 118, ema of 60 checkpoints

            files
              learning curve   learning-curve.png
              policy           policy.onnx
            """);
  }

  @Test
  void aStoppedRunWithoutATeacherSaysSo() {
    assertThat(SummaryText.of(summary(Ending.STOPPED, Optional.empty(), Map.of())))
        .first()
        .asString()
        .contains("was stopped: 60,000 turns trained on");
    assertThat(SummaryText.of(summary(Ending.STOPPED, Optional.empty(), Map.of())))
        .noneMatch(line -> line.contains("teacher") || line.contains("files"));
  }

  @Test
  void aReplayWithTheSameSettingsSaysThatItIsTheSameRun() {
    assertThat(SummaryText.of(replay(List.of(), 119)))
        .startsWith(
            "run demo, a replay of recorded with its settings, on ezpoints with seed 1 is complete:"
                + " 60,000 turns trained on in 118 updates",
            "all 119 checkpoints have the recorded hashes");
  }

  @Test
  void aReplayWithTheSameSettingsThatComesOutOtherwiseSaysWhereAndWhy() {
    assertThat(SummaryText.of(replay(List.of(), 7)))
        .contains(
            "checkpoint 7 is the first of 119 whose hash is not the recorded one; kernels differ"
                + " between kinds of machines");
  }

  @Test
  void aCounterfactualRunSaysWhatIsNotAsItWas() {
    assertThat(
            SummaryText.of(
                replay(List.of("teacher.rule: ema -> sma", "learner.epochs: 1 -> 2"), 0)))
        .startsWith(
            "run demo, a replay of recorded with teacher.rule: ema -> sma, learner.epochs: 1 -> 2,"
                + " on ezpoints with seed 1 is complete: 60,000 turns trained on in 118 updates")
        .noneMatch(line -> line.contains("hash"));
  }

  private static RunSummary replay(List<String> changed, long sameVersions) {
    RunSummary run = summary(Ending.COMPLETED, Optional.empty(), Map.of());
    var replay = new Replay("recorded", changed, sameVersions);
    return new RunSummary(
        new Identity("demo", "ezpoints", 1, "0123abcd", Optional.of(replay)),
        run.ending(),
        run.progress(),
        run.results(),
        run.files());
  }

  private static RunSummary summary(
      Ending ending, Optional<TeacherOutcome> teacher, Map<String, String> files) {
    return new RunSummary(
        new Identity("demo", "ezpoints", 1, "0123abcd", Optional.empty()),
        ending,
        new Progress(60_000, 118, 248.5, new Seconds(312.25, 48.5, 241.5)),
        new Results(
            new Outcome(rate(0.125), rate(0.25)), new Outcome(rate(0.375), rate(1)), teacher),
        files);
  }

  private static Rate rate(double success) {
    return new Rate(
        512,
        (long) (512 * success),
        success,
        Math.max(0, success - 0.05),
        Math.min(1, success + 0.05));
  }
}
