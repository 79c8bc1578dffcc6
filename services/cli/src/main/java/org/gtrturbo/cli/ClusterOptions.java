package org.gtrturbo.cli;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The options that say which cluster holds the log of a run that is there. */
final class ClusterOptions {
  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      scope = CommandLine.ScopeType.INHERIT,
      description = "The cluster that holds the run; default where its settings say.")
  private @Nullable String bootstrap;

  @Option(
      names = "--client-properties",
      paramLabel = "FILE",
      scope = CommandLine.ScopeType.INHERIT,
      description =
          "How clients log in to that cluster, as kafka.clientProperties; default the file that the"
              + " run's settings name.")
  private @Nullable String clientProperties;

  GivenCluster given() {
    return new GivenCluster(Optional.ofNullable(bootstrap), Optional.ofNullable(clientProperties));
  }
}
