package org.gtrturbo.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
  private static final int REPETITIONS = 9;
  private static final Pattern ANSWERED = Pattern.compile("answered what the log .* in (\\d+) ms$");
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

  /**
   * Runs it several times.
   *
   * @param name of the measurement of the whole process; that of the answer alone, which is the
   *     first of its process, has {@code -answer} behind it
   * @return two lines of JSON
   */
  String measured(String name) {
    // The launcher builds what is not built yet.
    run();
    List<Double> process = new ArrayList<>();
    List<Double> answer = new ArrayList<>();
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
      long begun = System.nanoTime();
      run();
      process.add((System.nanoTime() - begun) / 1e6);
      answer.add(answer());
    }
    return Measurement.of(name + "-answer", "ms", answer).json()
        + System.lineSeparator()
        + Measurement.of(name, "ms", process).json();
  }

  /** How long the last answer took, in milliseconds, as the command wrote it into the run's log. */
  private double answer() {
    try (Stream<String> lines = Files.lines(runs.resolve(RUN).resolve("gtr.log"))) {
      return lines
          .map(ANSWERED::matcher)
          .filter(Matcher::find)
          .map(found -> Double.parseDouble(found.group(1)))
          .reduce((_, newer) -> newer)
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
