package org.gtrturbo.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say where a run that is there is found, and the cluster that holds its log. */
final class RunLocation {
  @Mixin private RunsFolder runs = new RunsFolder();

  @Option(
      names = "--bootstrap",
      paramLabel = "HOST:PORT",
      scope = CommandLine.ScopeType.INHERIT,
      description = "The cluster that holds the run; default where its settings say.")
  private @Nullable String bootstrap;

  /**
   * Opens it; log lines go to its folder from now on.
   *
   * @param run its name, or its folder
   * @throws UsageException if there is no such run
   */
  OpenedRun open(String run) {
    Path folder = runs.find(run).path();
    Logging.toFile(new RunFolder(folder).log());
    return OpenedRun.open(folder, Optional.ofNullable(bootstrap));
  }

  /** The trajectories that it was trained on, wherever they were recorded. */
  RecordedTrajectories trajectories(OpenedRun run) {
    return RecordedTrajectories.of(run, runs, Optional.ofNullable(bootstrap));
  }
}
