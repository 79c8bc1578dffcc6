package org.gtrturbo.cli;

import java.nio.file.Path;
import java.util.Optional;

/** The run whose trajectories another run was trained on: itself, or the one that it replays. */
record RecordedTrajectories(OpenedRun run, boolean isOther) implements AutoCloseable {

  static RecordedTrajectories of(OpenedRun run, RunsFolder runs, GivenCluster cluster) {
    Optional<String> replayed = run.replayOf();
    return replayed
        .map(
            name -> {
              Path besides = run.folder().path().resolveSibling(name);
              Path path = runs.find(besides.toString()).path();
              return new RecordedTrajectories(OpenedRun.open(path, cluster), true);
            })
        .orElseGet(() -> new RecordedTrajectories(run, false));
  }

  @Override
  public void close() {
    if (isOther) {
      run.close();
    }
  }
}
