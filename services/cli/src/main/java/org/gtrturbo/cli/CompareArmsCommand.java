package org.gtrturbo.cli;

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
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Override
  public Integer call() {
    try (Stop stop = Stop.onSignal()) {
      Map<String, List<RunSummary>> runs = new LinkedHashMap<>();
      Path folder = Path.of("runs");
      for (int seed = 0; seed < seeds; seed++) {
        for (String arm : wanted) {
          Optional<RunSummary> summary = run(arm, seed, stop);
          if (summary.isEmpty() || stop.isAsked()) {
            System.out.println("Stopped; the same command goes on from here.");
            return 0;
          }
          runs.computeIfAbsent(arm, _ -> new ArrayList<>()).add(summary.get());
          folder = Optional.ofNullable(settings(arm, seed).getParent()).orElse(folder);
        }
      }
      List<Arm> arms = new ArrayList<>();
      runs.forEach((name, summaries) -> arms.add(new Arm(name, summaries)));
      ArmComparison comparison = ArmComparison.of(arms);
      comparison.table().forEach(System.out::println);
      String name = "arms-" + comparison.environment();
      Texts.write(
          folder.resolve(name + ".json"), comparison.json().getBytes(StandardCharsets.UTF_8));
      ArmChart.write(folder.resolve(name + ".png"), comparison);
      System.out.println("in " + folder.resolve(name) + ".json and .png");
      return 0;
    }
  }

  private Optional<RunSummary> run(String arm, int seed, Stop stop) {
    Settings settings = armSettings(arm, seed);
    RunFolder folder = options.folder(settings);
    Optional<RunSummary> done = TrainingRun.completed(folder);
    if (done.isPresent()) {
      RunOptions.requireSameSettings(folder, settings);
      return done;
    }
    System.out.println("arm " + arm + ", seed " + seed);
    return new TrainingRun(settings, folder, stop).execute();
  }

  private Path settings(String arm, int seed) {
    return options.folder(armSettings(arm, seed)).path();
  }

  private Settings armSettings(String arm, int seed) {
    List<String> changes =
        Optional.ofNullable(ARMS.get(arm))
            .orElseThrow(
                () ->
                    new UsageException("there is no arm " + arm + "; there are " + ARMS.keySet()));
    List<String> all = new ArrayList<>(changes);
    all.add("run.seed=" + seed);
    return options.settings(all, "-" + arm);
  }
}
