package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.gtrturbo.lab.ChartException;
import org.gtrturbo.lineage.TamperedLogException;
import org.gtrturbo.platform.blobs.CorruptBlobException;
import org.gtrturbo.platform.blobs.MissingBlobException;
import org.gtrturbo.platform.broker.BrokerStartException;
import org.gtrturbo.platform.kafka.UnreachableClusterException;
import org.gtrturbo.policy.device.DeviceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line, {@code gtr}. */
@Command(
    name = "gtr",
    mixinStandardHelpOptions = true,
    scope = CommandLine.ScopeType.INHERIT,
    version = "gtr-turbo-streams 0.1.0",
    description = "Continuous online training of agents with their own merged teacher, on Kafka.",
    subcommands = {
      RunCommand.class,
      NewPolicyCommand.class,
      CompareCommand.class,
      CompareArmsCommand.class,
      EvalCommand.class,
      ReplayCommand.class,
      VerifyCommand.class,
      PruneCommand.class,
      LineageCommand.class,
      ExportCommand.class,
      MergeCommand.class,
      TopicsCommand.class,
      TeacherCommand.class,
      DevicesCommand.class,
      ActorCommand.class,
      LearnerCommand.class,
      MergerCommand.class
    })
public final class Main {
  // Made before any other thread is: SLF4J complains where two set it up.
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final int FAILED = 1;

  private Main() {}

  public static void main(String[] arguments) {
    EarlyClient.load(arguments);
    int exit = commandLine().execute(arguments);
    // Services are closed by now; what native libraries still hold must not keep the process.
    System.exit(exit);
  }

  /** All commands, for a caller that lives on when one has ended. */
  public static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, command, _) -> {
              explain(failure, command.getErr());
              return failure instanceof UsageException
                      || failure instanceof IllegalArgumentException
                  ? CommandLine.ExitCode.USAGE
                  : FAILED;
            });
  }

  private static void explain(Exception failure, PrintWriter errors) {
    Optional<Throwable> explaining =
        Stream.<Throwable>iterate(failure, Objects::nonNull, Throwable::getCause)
            .filter(Main::isSelfExplaining)
            .findFirst();
    if (explaining.isPresent()) {
      errors.println("gtr: " + explaining.get().getMessage());
      if (Logging.isToFile()) {
        // The terminal has said it in one line; where it came from is for the run's log.
        LOG.info("ended by a failure", failure);
      }
    } else {
      failure.printStackTrace(errors);
    }
  }

  private static boolean isSelfExplaining(Throwable failure) {
    return failure instanceof UsageException
        || failure instanceof IllegalArgumentException
        || failure instanceof UnreachableClusterException
        || failure instanceof BrokerStartException
        || failure instanceof ChartException
        || failure instanceof CorruptBlobException
        || failure instanceof DeviceException
        || failure instanceof MissingBlobException
        || failure instanceof TamperedLogException;
  }
}
