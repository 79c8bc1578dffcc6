package org.gtrturbo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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

  /** The state of one merger of several; that of the only one where it has no name. */
  Path mergerState(Optional<String> instance) {
    return instance.map(name -> path.resolve("merger-state-" + name)).orElseGet(this::mergerState);
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
