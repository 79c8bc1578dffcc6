package org.gtrturbo.benchmarks;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line, {@code bench}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures how fast a training run and its parts are on this machine.",
    subcommands = {
      ActorsCommand.class,
      LoopCommand.class,
      UpdateCommand.class,
      TrainingCommand.class,
      GenerationCommand.class,
      GradientCommand.class,
      SoakCommand.class,
      TeachersCommand.class,
      LineageCommand.class,
      DeviceCommand.class,
      MergeKernelsCommand.class,
      MergeTiesCommand.class,
      RunningTiesCommand.class,
      MergeBlobsCommand.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    int exit = new CommandLine(new Main()).execute(arguments);
    // Services are closed by now; what native libraries still hold must not keep the process.
    System.exit(exit);
  }
}
