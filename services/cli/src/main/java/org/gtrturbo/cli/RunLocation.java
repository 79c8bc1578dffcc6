package org.gtrturbo.cli;

import java.nio.file.Path;
import picocli.CommandLine.Mixin;

/** The options that say where a run that is there is found, and the cluster that holds its log. */
final class RunLocation {
  @Mixin private RunsFolder runs = new RunsFolder();

  @Mixin private ClusterOptions cluster = new ClusterOptions();

  /**
   * Opens it; log lines go to its folder from now on.
   *
   * @param run its name, or its folder
   * @throws UsageException if there is no such run
   */
  OpenedRun open(String run) {
    Path folder = runs.find(run).path();
    EarlyClient.connect(new RunFolder(folder), cluster.given());
    Logging.toFile(new RunFolder(folder).log());
    return OpenedRun.open(folder, cluster.given());
  }

  /** The trajectories that it was trained on, wherever they were recorded. */
  RecordedTrajectories trajectories(OpenedRun run) {
    return RecordedTrajectories.of(run, runs, cluster.given());
  }
}
