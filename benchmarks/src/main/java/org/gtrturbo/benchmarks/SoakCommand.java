package org.gtrturbo.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.training.PpoTrainer;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.TrainingTurn;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "soak",
    description = {
      "Trains and generates in turn for a long time, every update with new weights in the same",
      "sessions, and says how resident memory, native memory in use and open files rise. On Linux."
    })
final class SoakCommand implements Callable<Integer> {
  private static final Path OPEN_FILES = Path.of("/proc/self/fd");
  // Heap, code cache and native pools find their size in the beginning.
  private static final double SETTLING = 0.25;
  // Samples of minutes hang together, as collections of the heap come and go.
  private static final int STRETCHES = 10;

  @Mixin private MeasuredSettings options = new MeasuredSettings();

  @Option(
      names = "--minutes",
      defaultValue = "60",
      description = "How long; default ${DEFAULT-VALUE}. The first quarter does not count.")
  private double minutes = 60;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "Between two samples; default ${DEFAULT-VALUE}.")
  private double every = 10;

  private final NativeHeap nativeHeap = new NativeHeap();
  private final List<Double> hours = new ArrayList<>();
  private final List<Double> residentMebibytes = new ArrayList<>();
  private final List<Double> openFiles = new ArrayList<>();
  private long turns;
  private long nativeBytesAtStart;

  @Override
  public Integer call() throws IOException, InterruptedException {
    var settings = options.over();
    ComparedCase compared = ComparedCase.named("default", settings);
    TrainingWork work = new TrainingWork(settings);
    List<TrainingTurn> batch = compared.turns();
    RandomTurns random = new RandomTurns(compared.spec(), 1);
    ObservationBatch observations = random.observations(batch.subList(0, compared.texts()));
    TrainingState state =
        TrainingState.starting(VisionLanguageModel.initialise(compared.spec(), 0));
    long since = System.nanoTime();
    long lasting = (long) (minutes * Duration.ofMinutes(1).toNanos());
    try (var generator = new Generator(compared.spec(), 1);
        var trainer =
            new PpoTrainer(
                compared.spec(),
                work.loss(compared.spec()),
                compared.minibatch(),
                work.optimizer(),
                settings.learner().threads())) {
      for (long now = since; now - since < lasting; now = System.nanoTime()) {
        state =
            trainer
                .update(state, batch, compared.minibatches(), work.coefficients(compared.steps()))
                .state();
        generator.generate(
            state.parameters(),
            observations,
            Sampling.at(settings.actor().temperature()),
            random.draws(compared.texts()));
        turns += batch.size() + compared.texts();
        sample(now - since, lasting);
      }
      report(nativeHeap.bytesAfterCollections());
    }
    return 0;
  }

  private void sample(long elapsed, long lasting) throws IOException, InterruptedException {
    double hour = (double) elapsed / Duration.ofHours(1).toNanos();
    boolean due = hours.isEmpty() || (hour - hours.getLast()) * 3600 >= every;
    if (elapsed < SETTLING * lasting || !due) {
      return;
    }
    if (hours.isEmpty()) {
      nativeBytesAtStart = nativeHeap.bytesAfterCollections();
    }
    hours.add(hour);
    residentMebibytes.add((double) PeakMemory.residentBytes() / (1 << 20));
    try (var files = Files.list(OPEN_FILES)) {
      openFiles.add((double) files.count());
    }
  }

  private void report(long nativeBytesAtEnd) {
    Slope memory = Slope.throughMeans(hours, residentMebibytes, Math.min(STRETCHES, hours.size()));
    Slope files = Slope.through(hours, openFiles);
    System.out.printf(
        "resident memory %.1f MiB at the start of the measurement, %.1f MiB at its end%n",
        residentMebibytes.getFirst(), residentMebibytes.getLast());
    System.out.printf(
        "{\"name\":\"soak-memory\",\"slope\":%.3f,\"halfWidth\":%.3f,\"unit\":\"MiB/hour\","
            + "\"samples\":%d,\"turns\":%d}%n",
        memory.perHour(), memory.halfWidth(), hours.size(), turns);
    System.out.printf(
        "{\"name\":\"soak-native-memory\",\"start\":%d,\"end\":%d,\"unit\":\"bytes in use\","
            + "\"turns\":%d}%n",
        nativeBytesAtStart, nativeBytesAtEnd, turns);
    System.out.printf(
        "{\"name\":\"soak-open-files\",\"slope\":%.3f,\"halfWidth\":%.3f,\"unit\":\"files/hour\","
            + "\"samples\":%d,\"turns\":%d}%n",
        files.perHour(), files.halfWidth(), hours.size(), turns);
  }
}
