package org.gtrturbo.cli;

import org.gtrturbo.platform.broker.BrokerStartException;
import org.gtrturbo.platform.kafka.UnreachableClusterException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line, {@code gtr}. */
@Command(
    name = "gtr",
    mixinStandardHelpOptions = true,
    version = "gtr-turbo-streams 0.1.0",
    description = "Continuous online training of agents with their own merged teacher, on Kafka.",
    subcommands = {
      RunCommand.class,
      CompareArmsCommand.class,
      EvalCommand.class,
      TopicsCommand.class,
      ActorCommand.class,
      LearnerCommand.class,
      MergerCommand.class
    })
public final class Main {
  private static final int FAILED = 1;

  private Main() {}

  public static void main(String[] arguments) {
    int exit = commandLine().execute(arguments);
    // Services are closed by now; what native libraries still hold must not keep the process.
    System.exit(exit);
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, _) -> {
              if (isSelfExplaining(failure)) {
                command.getErr().println("gtr: " + failure.getMessage());
              } else {
                failure.printStackTrace(command.getErr());
              }
              return failure instanceof UsageException
                      || failure instanceof IllegalArgumentException
                  ? CommandLine.ExitCode.USAGE
                  : FAILED;
            });
  }

  private static boolean isSelfExplaining(Exception failure) {
    return failure instanceof UsageException
        || failure instanceof IllegalArgumentException
        || failure instanceof UnreachableClusterException
        || failure instanceof BrokerStartException;
  }
}
