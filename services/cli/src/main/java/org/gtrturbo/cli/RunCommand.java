package org.gtrturbo.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "run",
    description = {
      "Trains an agent with its own merged teacher, all services in this process.",
      "Stopped by Ctrl-C or killed, the same command continues the run."
    })
final class RunCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();

  @Override
  public Integer call() {
    Settings settings = options.settings();
    RunFolder folder = options.folder(settings);
    Optional<RunSummary> done = TrainingRun.completed(folder);
    if (done.isPresent()) {
      RunOptions.requireSameSettings(folder, settings);
      SummaryText.of(done.get()).forEach(System.out::println);
      System.out.println("in " + folder.path() + "; another run needs another --name or --seed");
      return 0;
    }
    try (Stop stop = Stop.onSignal()) {
      Optional<RunSummary> summary = new TrainingRun(settings, folder, stop).execute();
      summary.ifPresent(
          written -> {
            System.out.println();
            SummaryText.of(written).forEach(System.out::println);
            System.out.println("in " + folder.path());
          });
      boolean stopped =
          summary.map(written -> written.ending() == RunSummary.Ending.STOPPED).orElse(true);
      if (stopped) {
        System.out.println("The same command continues the run.");
      }
      return 0;
    }
  }
}
