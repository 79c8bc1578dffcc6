package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.device.BusTraffic;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.training.PpoTrainer;
import org.gtrturbo.policy.training.TrainingRuntime;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.TrainingTurn;

/** How fast a device is, what it needs of its memory, and what crosses to it and back. */
final class DeviceFigures {
  private static final int RUNS = 5;
  private static final double MEBIBYTE = 1 << 20;
  // What is reported of a step: some losses and norms.
  private static final long REPORT_BYTES = 256;

  private final ComparedCase compared;
  private final TrainingWork work;
  private final Compute compute;
  private final Parameters parameters;
  private final List<TrainingTurn> turns;

  DeviceFigures(ComparedCase compared, TrainingWork work, Compute compute) {
    this.compared = compared;
    this.work = work;
    this.compute = compute;
    this.parameters = VisionLanguageModel.initialise(compared.spec(), 1);
    this.turns = compared.turns();
  }

  /** Updates in a row: speed, memory, and that the vectors cross no more than once. */
  DeviceCheck training(String name) {
    SequencedMap<String, Object> figures = new LinkedHashMap<>();
    figures.put("parameters", parameters.layout().parameters());
    TrainingRuntime runtime = TrainingRuntime.resident(compute);
    try (PpoTrainer trainer =
        new PpoTrainer(
            compared.spec(),
            work.loss(compared.spec()),
            compared.minibatch(),
            work.optimizer(),
            runtime)) {
      TrainingState state = TrainingState.starting(parameters);
      List<BusTraffic> crossed = new ArrayList<>();
      List<Double> seconds = new ArrayList<>();
      for (int run = 0; run <= RUNS; run++) {
        BusTraffic before = runtime.traffic();
        long since = System.nanoTime();
        state =
            trainer
                .update(state, turns, compared.minibatches(), work.coefficients(compared.steps()))
                .state();
        seconds.add((System.nanoTime() - since) / 1e9);
        crossed.add(runtime.traffic().since(before));
      }
      double usual = median(seconds.subList(1, seconds.size()));
      long vectors = 3 * Float.BYTES * parameters.layout().size();
      BusTraffic first = crossed.getFirst();
      BusTraffic later = crossed.getLast();
      figures.put("turnsPerSecond", turns.size() / usual);
      figures.put("secondsPerStep", usual / compared.steps());
      figures.put("secondsOfFirstUpdate", seconds.getFirst());
      runtime.peakBytes().ifPresent(bytes -> figures.put("peakMebibytes", bytes / MEBIBYTE));
      figures.put("vectorBytes", vectors);
      figures.put("bytesToDeviceFirst", first.toDevice());
      figures.put("bytesToDevicePerUpdate", later.toDevice());
      figures.put("bytesFromDevicePerUpdate", later.fromDevice());
      boolean once =
          first.toDevice() - later.toDevice() == vectors
              && later.fromDevice() >= vectors
              && later.fromDevice() < vectors + REPORT_BYTES * compared.steps();
      return DeviceCheck.of(
          name, once, figures, "more crosses than the batch, and the vectors once");
    }
  }

  DeviceCheck inference(String name) {
    SequencedMap<String, Object> figures = new LinkedHashMap<>();
    List<TrainingTurn> some = turns.subList(0, Math.min(turns.size(), compared.texts()));
    ObservationBatch observations = new RandomTurns(compared.spec(), 0).observations(some);
    int[][] tokens = some.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new);
    try (Scorer scorer = new Scorer(compared.spec(), compute);
        Generator generator = new Generator(compared.spec(), compute)) {
      double scoring =
          timed(() -> scorer.score(parameters, observations, tokens, new int[some.size()], 1, 1));
      float[] draws = new RandomTurns(compared.spec(), 2).draws(some.size());
      int[] written = new int[1];
      double generating =
          timed(
              () ->
                  written[0] =
                      Arrays.stream(
                              generator
                                  .generate(parameters, observations, Sampling.at(1), draws)
                                  .tokens())
                          .mapToInt(text -> text.length)
                          .sum());
      figures.put("scoredTurnsPerSecond", some.size() / scoring);
      figures.put("generatedTokensPerSecond", written[0] / generating);
      return DeviceCheck.of(name, written[0] > 0, figures, "nothing was written");
    }
  }

  private static double timed(Runnable work) {
    List<Double> seconds = new ArrayList<>();
    for (int run = -1; run < RUNS; run++) {
      long since = System.nanoTime();
      work.run();
      if (run >= 0) {
        seconds.add((System.nanoTime() - since) / 1e9);
      }
    }
    return median(seconds);
  }

  static double median(List<Double> figures) {
    List<Double> sorted = figures.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }
}
