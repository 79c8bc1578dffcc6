package org.gtrturbo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.gtrturbo.lab.RunSummary;

/** Where a run keeps everything that it has: its log, its blobs, its settings and what it made. */
record RunFolder(Path path) {

  static RunFolder create(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException failed) {
      throw new UncheckedIOException(
          "the run's folder " + path + " cannot be made; give another one with --runs", failed);
    }
    return new RunFolder(path);
  }

  /**
   * The folder of a run that is there.
   *
   * @param run a name of a folder in {@code runs}, or a path
   * @throws UsageException if there is none
   */
  static Path find(Path runs, String run) {
    return Stream.of(runs.resolve(run), Path.of(run))
        .filter(Files::isDirectory)
        .findFirst()
        .map(folder -> folder.toAbsolutePath().normalize())
        .orElseThrow(
            () ->
                new UsageException(
                    "there is no run " + run + " in " + runs + ", and no folder " + run));
  }

  /** The embedded broker's data. */
  Path broker() {
    return path.resolve("broker");
  }

  Path blobs() {
    return path.resolve("blobs");
  }

  Path mergerState() {
    return path.resolve("merger-state");
  }

  Path settings() {
    return path.resolve("settings.yaml");
  }

  Path log() {
    return path.resolve("gtr.log");
  }

  Path summary() {
    return path.resolve(RunSummary.FILE_NAME);
  }

  Path curve() {
    return path.resolve("learning-curve.png");
  }

  Path policy() {
    return path.resolve("policy.onnx");
  }

  Path teacher() {
    return path.resolve("teacher.onnx");
  }
}
