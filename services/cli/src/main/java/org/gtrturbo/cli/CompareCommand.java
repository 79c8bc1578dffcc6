package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.gtrturbo.lab.Arm;
import org.gtrturbo.lab.ArmComparison;
import org.gtrturbo.lab.ArmCurves;
import org.gtrturbo.lab.CurveChart;
import org.gtrturbo.lab.RunCurves;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "compare",
    description = {
      "Draws the learning curves of runs into one picture and prints what they came to, side by"
          + " side.",
      "Runs of the same settings and several seeds are one column, with their mean."
    })
final class CompareCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "RUN",
      arity = "2..*",
      description =
          "Two or more runs: names under --runs, or folders. The first is what others are"
              + " held against.")
  private List<String> names = List.of();

  @Mixin private RunsFolder runs = new RunsFolder();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      defaultValue = "comparison.png",
      description = "Where the picture goes; default ${DEFAULT-VALUE}.")
  private Path output = Path.of("comparison.png");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    // All names first: reading a log takes seconds.
    List<RunFolder> folders = names.stream().map(runs::find).distinct().toList();
    if (folders.size() < 2) {
      throw new UsageException(
          "a comparison needs two runs; " + folders.getFirst().path() + " is the only one named");
    }
    List<ComparedRun> recorded = folders.stream().map(ComparedRun::read).toList();
    List<Arm> arms = Arm.grouped(recorded.stream().map(ComparedRun::standing).toList());
    ArmComparison comparison = ArmComparison.of(arms);
    PrintWriter out = spec.commandLine().getOut();
    comparison.table().forEach(out::println);
    List<String> remarks = recorded.stream().flatMap(run -> run.remarks().stream()).toList();
    if (!remarks.isEmpty()) {
      out.println();
      remarks.forEach(out::println);
    }
    out.println();
    out.println(drawn(comparison, arms, recorded));
    return 0;
  }

  private String drawn(ArmComparison comparison, List<Arm> arms, List<ComparedRun> recorded) {
    if (recorded.stream().allMatch(run -> run.curves().isEmpty())) {
      return "there is no curve to draw";
    }
    CurveChart.write(
        output,
        comparison.environments() + ": success of training batches, and greedy (dashed)",
        arms.stream().map(arm -> new ArmCurves(arm.name(), curves(arm, recorded))).toList());
    return "in " + output;
  }

  private static List<RunCurves> curves(Arm arm, List<ComparedRun> recorded) {
    return recorded.stream()
        .filter(run -> arm.runs().contains(run.standing()))
        .map(ComparedRun::curves)
        .toList();
  }
}
