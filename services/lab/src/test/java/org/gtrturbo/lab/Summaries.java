package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.lab.RunSummary.Ending;
import org.gtrturbo.lab.RunSummary.Identity;
import org.gtrturbo.lab.RunSummary.Outcome;
import org.gtrturbo.lab.RunSummary.Progress;
import org.gtrturbo.lab.RunSummary.Rate;
import org.gtrturbo.lab.RunSummary.Results;
import org.gtrturbo.lab.RunSummary.Seconds;
import org.gtrturbo.lab.RunSummary.TeacherOutcome;
import org.gtrturbo.platform.settings.SettingsReader;

/** Summaries of runs that nobody made. */
final class Summaries {
  private Summaries() {}

  /**
   * A complete run whose sampled policy succeeds in {@code of100} of 100 episodes, its greedy
   * policy in 10 more, and its warm start in 10.
   */
  static RunSummary run(String name, long seed, int of100) {
    return new RunSummary(
        new Identity(name, "ezpoints", seed, "0123abcd", Optional.empty()),
        Ending.COMPLETED,
        new Progress(60_000, 118, 248.5, new Seconds(312.25, 48.5, 241.5)),
        new Results(
            new Outcome(rate(10), rate(12)),
            new Outcome(rate(of100), rate(of100 + 10)),
            Optional.of(new TeacherOutcome(118, "ema", 60, rate(of100 + 5), rate(of100 + 12)))),
        Map.of("policy", "policy.onnx", "learning curve", "learning-curve.png"));
  }

  /** A run with that summary and the settings that an environment has. */
  static RunStanding standing(RunSummary summary, String... changes) {
    var run = summary.run();
    var overrides = new ArrayList<>(List.of("run.name=" + run.name(), "run.seed=" + run.seed()));
    overrides.addAll(List.of(changes));
    return RunStanding.of(
        SettingsReader.read(Optional.empty(), Optional.of(run.environment()), overrides), summary);
  }

  static RunSummary withoutTeacher(RunSummary run) {
    return new RunSummary(
        run.run(),
        Ending.STOPPED,
        run.progress(),
        new Results(run.results().warmStart(), run.results().policy(), Optional.empty()),
        run.files());
  }

  static RunSummary on(String environment, RunSummary run) {
    var identity = run.run();
    return new RunSummary(
        new Identity(
            identity.name(),
            environment,
            identity.seed(),
            identity.settingsHash(),
            identity.replay()),
        run.ending(),
        run.progress(),
        run.results(),
        run.files());
  }

  static Rate rate(int of100) {
    return new Rate(100, of100, of100 / 100.0, (of100 - 4) / 100.0, (of100 + 4) / 100.0);
  }
}
