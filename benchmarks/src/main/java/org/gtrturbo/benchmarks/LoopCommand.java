package org.gtrturbo.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.gtrturbo.cli.TrainingRun;
import org.gtrturbo.platform.settings.Settings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "loop",
    description = {
      "A whole run, all services in one process: turns that it trains on, and what the CPU time",
      "goes to between warm start and last update."
    })
final class LoopCommand implements Callable<Integer> {
  private static final int PARTS = 5;

  @Mixin private MeasuredSettings options = new MeasuredSettings();

  @Option(
      names = "--turns",
      defaultValue = "30000",
      description = "Turns to train on; default ${DEFAULT-VALUE}.")
  private long turns = 30000;

  @Option(
      names = "--period-millis",
      defaultValue = "10",
      description =
          "CPU time after which a thread's stack is looked at again; default ${DEFAULT-VALUE}.")
  private int periodMillis = 10;

  @Option(
      names = "--recording",
      paramLabel = "FILE",
      description = "Keeps the profile, for JDK Mission Control or the jfr command.")
  private @Nullable Path recording;

  @Override
  public Integer call() {
    Settings settings = options.over("run.name=bench", "run.turns=" + turns);
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      Path kept = recording == null ? folder.path().resolve("loop.jfr") : recording;
      var part = new TrainingPart(settings.run().turns(), Duration.ofMillis(periodMillis), kept);
      TrainingRun.toItsEnd(settings, folder.path().resolve("run"), part).execute();
      print(part);
    }
    return 0;
  }

  private static void print(TrainingPart part) {
    CpuTable table = new CpuTable(part.seconds());
    System.out.println();
    table.lines().forEach(System.out::println);
    System.out.printf(
        Locale.ROOT,
        "Kafka and blobs: %.2f %% of the CPU time, at most %.2f %%%n",
        table.carrying(),
        table.carryingAtMost());
    System.out.printf(
        Locale.ROOT, "%.1f turns/s over the whole training part%n", part.turnsPerSecond());
    System.out.println(
        Measurement.of("loop-kafka-and-blobs", "% of CPU time", List.of(table.carrying())).json());
    System.out.println(Measurement.of("loop", "turns/s", part.rates(PARTS)).json());
  }
}
