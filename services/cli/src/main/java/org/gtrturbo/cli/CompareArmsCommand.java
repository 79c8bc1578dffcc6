package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gtrturbo.lab.Arm;
import org.gtrturbo.lab.ArmChart;
import org.gtrturbo.lab.ArmComparison;
import org.gtrturbo.lab.RunStanding;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "compare-arms",
    description = {
      "Trains with the merged teacher, with the warm start as a frozen teacher and without"
          + " guidance,",
      "over several seeds, and prints the arms side by side. Runs that are complete are not"
          + " repeated."
    })
final class CompareArmsCommand implements Callable<Integer> {
  private static final Map<String, List<String>> ARMS = arms();

  @Mixin private RunOptions options = new RunOptions();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Seeds 0 to N-1; default ${DEFAULT-VALUE}.")
  private int seeds = 5;

  @Option(
      names = "--arms",
      paramLabel = "ARM",
      split = ",",
      defaultValue = "merged,frozen,none",
      description = "Which of them; default ${DEFAULT-VALUE}.")
  private List<String> wanted = List.of("merged", "frozen", "none");

  private static Map<String, List<String>> arms() {
    Map<String, List<String>> arms = new LinkedHashMap<>();
    arms.put("merged", List.of());
    arms.put("frozen", List.of("teacher.rule=frozen"));
    arms.put("none", List.of("guidance.kind=none"));
    return arms;
  }

  @Spec private CommandSpec spec = CommandSpec.create();

  private record ArmRun(String arm, Settings settings, RunFolder folder) {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Stop stop = Stop.onSignal()) {
      Map<String, List<RunStanding>> runs = new LinkedHashMap<>();
      for (int seed = 0; seed < seeds; seed++) {
        for (String arm : wanted) {
          ArmRun run = run(arm, seed);
          Optional<RunSummary> summary = summary(run, stop);
          if (summary.isEmpty() || stop.isAsked()) {
            out.println("Stopped; the same command goes on from here.");
            return 0;
          }
          runs.computeIfAbsent(arm, _ -> new ArrayList<>())
              .add(RunStanding.of(run.settings(), summary.get()));
        }
      }
      List<Arm> arms = new ArrayList<>();
      runs.forEach((name, ofArm) -> arms.add(new Arm(name, ofArm)));
      write(ArmComparison.of(arms), out);
      return 0;
    }
  }

  private void write(ArmComparison comparison, PrintWriter out) {
    comparison.table().forEach(out::println);
    String name = "arms-" + comparison.arms().getFirst().environment();
    Path file = options.runs().resolve(name);
    Texts.write(
        options.runs().resolve(name + ".json"), comparison.json().getBytes(StandardCharsets.UTF_8));
    ArmChart.write(options.runs().resolve(name + ".png"), comparison);
    out.println();
    out.println("in " + file + ".json and .png");
  }

  private Optional<RunSummary> summary(ArmRun run, Stop stop) {
    Optional<RunSummary> done = TrainingRun.completed(run.folder());
    if (done.isPresent()) {
      RunOptions.requireSameSettings(run.folder(), run.settings());
      return done;
    }
    spec.commandLine()
        .getOut()
        .println("arm " + run.arm() + ", seed " + run.settings().run().seed());
    return new TrainingRun(run.settings(), run.folder(), stop).execute();
  }

  private ArmRun run(String arm, int seed) {
    List<String> changes =
        Optional.ofNullable(ARMS.get(arm))
            .orElseThrow(
                () ->
                    new UsageException("there is no arm " + arm + "; there are " + ARMS.keySet()));
    List<String> all = new ArrayList<>(changes);
    all.add("run.seed=" + seed);
    Settings settings = options.settings(all, "-" + arm);
    return new ArmRun(arm, settings, options.folder(settings));
  }
}
