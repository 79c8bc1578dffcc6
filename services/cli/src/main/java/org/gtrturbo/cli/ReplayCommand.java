package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.platform.settings.SettingsWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "replay",
    description = {
      "Trains again on what a run recorded, without actors, as a run of its own.",
      "With the same settings every checkpoint comes out with the same hash; with others",
      "(--set teacher.rule=sma) it is a counterfactual run: same trajectories, other learning.",
      "The log of the replay is on the cluster of the recorded run, where that is on one."
    })
final class ReplayCommand implements Callable<Integer> {
  /** Settings that trajectories and version 0 were made with; a replay has them as they are. */
  private static final List<String> RECORDED =
      List.of(
          "environment.",
          "policy.",
          "warmStart.",
          "actor.temperature",
          "run.seed",
          "kafka.trajectoryPartitions",
          "learner.turnsPerUpdate",
          "learner.maxStalenessVersions");

  enum Part {
    MERGER
  }

  @Parameters(paramLabel = "RUN", description = "A run by its name, or its folder.")
  private String run = "";

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Of the replay; default RUN-replay, with --only merger RUN-merger. The same name"
              + " continues the replay.")
  private @Nullable String name;

  @Option(
      names = "--set",
      paramLabel = "SETTING=VALUE",
      description = "One setting that is not to be as it was; can be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Option(
      names = "--only",
      paramLabel = "PART",
      description =
          "merger: merges the recorded checkpoints anew and evaluates every teacher; trains"
              + " nothing.")
  private @Nullable Part only;

  @Option(
      names = "--episodes",
      paramLabel = "N",
      defaultValue = "128",
      description = "With --only merger: played with each teacher; default ${DEFAULT-VALUE}.")
  private int episodes = 128;

  @Mixin private RunsFolder runs = new RunsFolder();

  @Mixin private ClusterOptions cluster = new ClusterOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Path recordedPath = runs.find(run).path();
    String replayName =
        Optional.ofNullable(name)
            .orElseGet(
                () -> recordedPath.getFileName() + (only == Part.MERGER ? "-merger" : "-replay"));
    if (replayName.equals(recordedPath.getFileName().toString())) {
      throw new UsageException("a replay needs another name than the run that it replays");
    }
    Settings settings = settings(recordedPath, replayName);
    RunFolder folder = runs.create(replayName);
    Logging.toFile(folder.log());
    try (Stop stop = Stop.onSignal();
        OpenedRun recorded = OpenedRun.open(recordedPath, cluster.given())) {
      if (only == Part.MERGER) {
        new MergeReplay(recorded, settings, folder, episodes).execute().forEach(out::println);
        return 0;
      }
      return train(recorded, settings, folder, stop, out);
    }
  }

  private static int train(
      OpenedRun recorded, Settings settings, RunFolder folder, Stop stop, PrintWriter out) {
    Optional<RunSummary> done = TrainingRun.completed(folder);
    if (done.isPresent()) {
      RunOptions.requireSameSettings(folder, settings);
      SummaryText.of(done.get()).forEach(out::println);
      out.println("in " + folder.path() + "; another replay needs another --name");
      return 0;
    }
    Optional<RunSummary> summary =
        TrainingRun.replaying(recorded, settings, folder, stop).execute();
    summary.ifPresent(
        written -> {
          out.println();
          SummaryText.of(written).forEach(out::println);
          out.println("in " + folder.path());
        });
    if (summary.map(RunSummary::ending).orElse(RunSummary.Ending.STOPPED)
        == RunSummary.Ending.STOPPED) {
      out.println("The same command continues the replay.");
    }
    return 0;
  }

  /** The recorded run's settings with those asked for changed. */
  private Settings settings(Path recordedPath, String replayName) {
    Settings recorded = OpenedRun.settingsOf(recordedPath, cluster.given());
    var changes = new ArrayList<>(overrides);
    changes.add("run.name=" + replayName);
    Settings settings = SettingsReader.changed(recorded, changes);
    List<String> refused =
        SettingsWriter.differences(recorded, settings).stream()
            .filter(each -> RECORDED.stream().anyMatch(each.name()::startsWith))
            .map(SettingsWriter.Difference::toString)
            .toList();
    if (!refused.isEmpty()) {
      throw new UsageException(
          "a replay begins with the recorded version 0 and follows the recorded batches, it cannot"
              + " change\n  "
              + String.join("\n  ", refused)
              + "\nStart a run of its own for that, with gtr run.");
    }
    if (settings.run().turns() > recorded.run().turns()) {
      throw new UsageException(
          "run.turns can be at most the recorded run's "
              + recorded.run().turns()
              + ", got "
              + settings.run().turns());
    }
    return settings;
  }
}
