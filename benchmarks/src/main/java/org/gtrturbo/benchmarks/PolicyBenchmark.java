package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.LearnerSettings;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.training.PpoTrainer;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.TrainingTurn;

/** What the policy does in a run, each alone: generates, scores, is updated. */
final class PolicyBenchmark {
  private static final int SEED = 0;
  // Several calls a measurement, or the pace of threads that start together would decide it.
  private static final int CALLS = 8;

  private final Settings settings;
  private final int runs;
  private final PolicySpec spec;
  private final Parameters parameters;
  private final int seats;

  /**
   * @param runs how often each is measured, after once that does not count
   */
  PolicyBenchmark(Settings settings, int runs) {
    this.settings = settings;
    this.runs = runs;
    var environment =
        Environments.named(
            settings.environment().name(), Rendering.SMALL, settings.environment().imageNoise());
    this.spec = PolicySpecs.of(environment.spec(), settings.policy());
    this.parameters = VisionLanguageModel.initialise(spec, SEED);
    this.seats = settings.actor().environments() / settings.actor().threads();
  }

  /**
   * As actors do, each thread with the environments that one of theirs has. An untrained policy
   * ends its turns by chance, so nearly every call writes as many tokens as a turn may have.
   */
  Measurement generate(int threads) throws InterruptedException {
    try (Generator generator = new Generator(spec, 1)) {
      RandomTurns random = new RandomTurns(spec, SEED);
      return sideBySide(
          "generate",
          threads,
          () -> {
            var observations = random.observations(random.guided(seats));
            float[] draws = random.draws(seats);
            Sampling sampling = Sampling.at(settings.actor().temperature());
            return () -> generator.generate(parameters, observations, sampling, draws);
          });
    }
  }

  /** As actors do with the teacher, over the whole vocabulary. */
  Measurement score(int threads) throws InterruptedException {
    try (Scorer scorer = new Scorer(spec, 1)) {
      RandomTurns random = new RandomTurns(spec, SEED);
      return sideBySide(
          "score",
          threads,
          () -> {
            List<TrainingTurn> turns = random.guided(seats);
            var observations = random.observations(turns);
            int[][] tokens =
                turns.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new);
            int[] thoughts =
                turns.stream().mapToInt(turn -> turn.written().thoughtTokens()).toArray();
            double temperature = settings.actor().temperature();
            return () -> scorer.score(parameters, observations, tokens, thoughts, 0, temperature);
          });
    }
  }

  /**
   * As the learner does, one update over the turns of a batch, guided over the whole vocabulary.
   */
  Measurement update(int threads) {
    LearnerSettings learner = settings.learner();
    List<TrainingTurn> turns = new RandomTurns(spec, SEED).guided(learner.turnsPerUpdate());
    int[][] minibatches = minibatches(learner);
    TrainingWork work = new TrainingWork(settings);
    TrainingState state = TrainingState.starting(parameters);
    List<Double> rates = new ArrayList<>();
    try (var trainer =
        new PpoTrainer(spec, work.loss(spec), learner.minibatch(), work.optimizer(), threads)) {
      for (int run = -1; run < runs; run++) {
        long since = System.nanoTime();
        state =
            trainer
                .update(state, turns, minibatches, work.coefficients(minibatches.length))
                .state();
        if (run >= 0) {
          rates.add(turns.size() * 1e9 / (System.nanoTime() - since));
        }
      }
    }
    return measured("update", threads, rates);
  }

  /** Whole ones alone, in a row. */
  private static int[][] minibatches(LearnerSettings learner) {
    int steps = learner.turnsPerUpdate() / learner.minibatch();
    return IntStream.range(0, steps)
        .mapToObj(
            step ->
                IntStream.range(step * learner.minibatch(), (step + 1) * learner.minibatch())
                    .toArray())
        .toArray(int[][]::new);
  }

  /** One of a thread's calls; what it returns is of no interest. */
  private interface Call {
    Object call();
  }

  /** Each thread does {@link #CALLS} calls of its own on its own data. */
  private Measurement sideBySide(String name, int threads, java.util.function.Supplier<Call> calls)
      throws InterruptedException {
    List<Callable<Integer>> works = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      Call call = calls.get();
      works.add(
          () -> {
            for (int count = 0; count < CALLS; count++) {
              var _ = call.call();
            }
            return CALLS * seats;
          });
    }
    List<Double> rates = new ArrayList<>();
    try (var executor = Executors.newFixedThreadPool(threads)) {
      for (int run = -1; run < runs; run++) {
        long since = System.nanoTime();
        int turns = 0;
        for (var done : executor.invokeAll(works)) {
          turns += done.get();
        }
        if (run >= 0) {
          rates.add(turns * 1e9 / (System.nanoTime() - since));
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot measure " + name, e.getCause());
    }
    return measured(name, threads, rates);
  }

  private static Measurement measured(String name, int threads, List<Double> rates) {
    return Measurement.of(name + "-" + threads + "-threads", "turns/s", rates);
  }
}
