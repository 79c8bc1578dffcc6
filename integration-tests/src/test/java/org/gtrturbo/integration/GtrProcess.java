package org.gtrturbo.integration;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Utils;
import org.awaitility.core.ConditionTimeoutException;

/** The command line as a process of its own, what it prints kept in a file. */
final class GtrProcess implements AutoCloseable {
  private static final Patience PATIENCE =
      Patience.looking(Duration.ofMillis(20)).withoutProgress(Duration.ofMinutes(3));
  private static final Pattern COMMITTED = Pattern.compile(" v=(\\d+) committed after ");

  private final Process process;
  private final Path output;

  private GtrProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /**
   * Starts it.
   *
   * @param home its working directory
   */
  static GtrProcess start(Path home, List<String> arguments) throws IOException {
    return start(home, Files.createTempFile(home, "output-", ".txt"), List.of(), arguments);
  }

  /**
   * Starts it.
   *
   * @param home its working directory
   * @param output file for everything that it prints
   * @param options of its virtual machine, beside those that it needs
   */
  static GtrProcess start(Path home, Path output, List<String> options, List<String> arguments)
      throws IOException {
    var all = new ArrayList<>(StartedBefore.options());
    all.addAll(options);
    return launch(home, output, all, arguments);
  }

  private static GtrProcess launch(
      Path home, Path output, List<String> options, List<String> arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx768m",
            "-XX:+UseSerialGC",
            // These processes are short: compiling them well costs more than it gains.
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Djava.awt.headless=true"));
    command.addAll(options);
    command.add("org.gtrturbo.cli.Main");
    command.addAll(arguments);
    var builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("CLASSPATH", productClassPath());
    // ONNX Runtime would report its use to its makers.
    builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
    Process process = builder.start();
    return new GtrProcess(process, output);
  }

  /**
   * The product's classes as the first process left them, read and linked: each of the others would
   * spend a third of its time on that.
   */
  private static final class StartedBefore {
    private static final Path CACHE = Path.of("target", "gtr.aot").toAbsolutePath();
    private static final List<String> OPTIONS = write();

    private StartedBefore() {}

    static List<String> options() {
      return OPTIONS;
    }

    private static List<String> write() {
      // Classes that lie in folders, as in an editor's build, cannot be kept so.
      if (Arrays.stream(productClassPath().split(File.pathSeparator))
          .anyMatch(entry -> Files.isDirectory(Path.of(entry)))) {
        return List.of();
      }
      var run = new ArrayList<>(List.of("run", "--env", "numberline", "--name", "first"));
      SmallRun.with(
              SmallRun.HARDLY_WARM, List.of("run.turns=512"), List.of("actor.environments=16"))
          .forEach(setting -> run.addAll(List.of("--set", setting)));
      try {
        Files.createDirectories(CACHE.getParent());
        Files.deleteIfExists(CACHE);
        Path home = Files.createTempDirectory("first-process");
        try (var first =
            launch(home, home.resolve("output.txt"), List.of("-XX:AOTCacheOutput=" + CACHE), run)) {
          if (first.exitCode() != 0) {
            throw new AssertionError("the first process failed; it printed:\n" + first.output());
          }
        } finally {
          Utils.delete(home.toFile());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      // It says where it cannot use a part; what a process prints is the product's alone.
      return List.of("-XX:AOTCache=" + CACHE, "-Xlog:aot*=off");
    }
  }

  /**
   * This process's class path less its tests, whose logging settings would become the product's.
   */
  private static String productClassPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Waits for its end; its exit code. */
  int exitCode() {
    try {
      PATIENCE.await("its end", () -> size(output), () -> !process.isAlive());
    } catch (AssertionError | ConditionTimeoutException late) {
      throw new AssertionError(late.getMessage() + "; it printed:\n" + output(), late);
    }
    return process.exitValue();
  }

  /** Its exit code if it has ended. */
  OptionalInt exitCodeIfEnded() {
    return process.isAlive() ? OptionalInt.empty() : OptionalInt.of(process.exitValue());
  }

  /**
   * The same where it has to be soon.
   *
   * @param within the most that it may take
   */
  int exitCode(Duration within) throws InterruptedException {
    if (!process.waitFor(within.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new AssertionError("still running after " + within + "; it printed:\n" + output());
    }
    return process.exitValue();
  }

  /** Everything printed so far, errors too. */
  String output() {
    return read(output);
  }

  /** Returns when the log says that this version is committed. */
  void awaitCommitted(long version, Path log) {
    PATIENCE.await(
        "version " + version + " in " + log,
        () -> newestCommitted(log) + " committed, " + size(output) + " bytes printed",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError(
                "it has ended before with " + process.exitValue() + "; it printed:\n" + output());
          }
          return newestCommitted(log) >= version;
        });
  }

  static long newestCommitted(Path log) {
    long newest = -1;
    Matcher committed = COMMITTED.matcher(Files.exists(log) ? read(log) : "");
    while (committed.find()) {
      newest = Long.parseLong(committed.group(1));
    }
    return newest;
  }

  /** As {@code kill -9}; returns when it is dead. */
  void kill() {
    process.destroyForcibly();
    exitCode();
  }

  /** As {@code kill}, or Ctrl-C. */
  void terminate() {
    process.destroy();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
