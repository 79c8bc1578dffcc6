package org.gtrturbo.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;

/**
 * {@code gtr lineage} as a person types it, from the launcher's start to the process's end.
 *
 * @param runs folder of runs, of which there is one
 * @param teacher that is asked for
 */
record TypedCommand(Path runs, long teacher) {
  private static final String RUN = "bench";
  private static final int REPETITIONS = 5;
  private static final Path LAUNCHER =
      Path.of(System.getProperty("gtr.benchmarks", "benchmarks"))
          .toAbsolutePath()
          .resolveSibling("gtr");

  void makeRun(Settings settings) {
    try {
      Files.createDirectories(runs.resolve(RUN));
      Files.writeString(
          runs.resolve(RUN).resolve("settings.yaml"), SettingsWriter.toYaml(settings));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the run's broker keeps its log. */
  Path broker() {
    return runs.resolve(RUN).resolve("broker");
  }

  Path blobs() {
    return runs.resolve(RUN).resolve("blobs");
  }

  /** One line of JSON. */
  String measured(String name) {
    // The launcher builds what is not built yet.
    run();
    List<Double> millis = new ArrayList<>();
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      long begun = System.nanoTime();
      run();
      millis.add((System.nanoTime() - begun) / 1e6);
    }
    return Measurement.of(name, "ms", millis).json();
  }

  private void run() {
    var command =
        new ProcessBuilder(
                LAUNCHER.toString(),
                "lineage",
                RUN,
                "teacher",
                Long.toString(teacher),
                "--runs",
                runs.toString())
            .redirectErrorStream(true);
    try {
      Process process = command.start();
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command.command()) + " said " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
