package org.gtrturbo.learner;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.environments.Demonstration;
import org.gtrturbo.environments.Demonstrations;
import org.gtrturbo.environments.DemonstratorNoise;
import org.gtrturbo.environments.PixelNoise;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.Settings.WarmStartSettings;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.Vocabulary;
import org.gtrturbo.policy.training.AdamW;
import org.gtrturbo.policy.training.SupervisedTrainer;
import org.gtrturbo.policy.training.TrainingRuntime;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.Update;

/**
 * Makes version 0: a new policy, trained to write what noisy demonstrators wrote.
 *
 * <p>Each step sees demonstrations drawn at random, the same one perhaps again, each time with
 * fresh pixel noise. The learning rate rises linearly over the first steps and falls linearly to a
 * tenth at the last.
 */
final class WarmStart {
  static final String LOSS = "warmStartLoss";
  static final String DEMONSTRATED_SUCCESS_RATE = "demonstratedSuccessRate";

  private static final int RISING_STEPS = 30;
  private static final double LAST_RATE = 0.1;
  private static final AdamW OPTIMIZER = new AdamW(0.9, 0.99, 1e-8, 0, 1);
  // So many steps share one call of the trainer, and are told to the listener together.
  private static final int CHUNK_STEPS = 25;

  private final Settings settings;
  private final WarmStartSettings warm;
  private final PolicySpec spec;
  private final Vocabulary vocabulary;
  private final PixelNoise noise;

  WarmStart(Settings settings, PolicySpec spec) {
    this.settings = settings;
    this.warm = settings.warmStart();
    this.spec = spec;
    this.vocabulary = new Vocabulary(spec.text().words());
    this.noise = new PixelNoise(settings.environment().imageNoise());
  }

  /**
   * @param state with the optimizer as if no step had been taken
   */
  record Result(TrainingState state, Map<String, Double> losses) {}

  /** Trains; empty where it was stopped before the end. */
  Optional<Result> train(BooleanSupplier stopping, LearnerListener listener) {
    Parameters initial =
        VisionLanguageModel.initialise(spec, draws(Draws.Purpose.WEIGHTS).seedAt(0, 0));
    if (warm.steps() == 0) {
      return Optional.of(new Result(TrainingState.starting(initial), Map.of()));
    }
    Demonstrations demonstrations =
        Demonstrations.collect(
            settings.environment().name(),
            new DemonstratorNoise(warm.misreadCard(), warm.wrongPlan(), warm.randomAction()),
            warm.demonstrations(),
            draws(Draws.Purpose.DEMONSTRATIONS).seedAt(0, 0));
    return train(initial, demonstrations, stopping, listener);
  }

  private Optional<Result> train(
      Parameters initial,
      Demonstrations demonstrations,
      BooleanSupplier stopping,
      LearnerListener listener) {
    List<Demonstration> turns = demonstrations.turns();
    int[][] texts =
        turns.stream().map(turn -> vocabulary.encode(turn.text())).toArray(int[][]::new);
    int longest = longest(texts);
    TrainingState state = TrainingState.starting(initial);
    double loss = 0;
    try (var trainer =
        new SupervisedTrainer(
            spec,
            longest,
            warm.minibatch(),
            OPTIMIZER,
            TrainingRuntime.on(Computing.learner(settings)))) {
      var observations = new ObservationBatch(spec, CHUNK_STEPS * warm.minibatch());
      for (int from = 0; from < warm.steps(); from += CHUNK_STEPS) {
        if (stopping.getAsBoolean()) {
          return Optional.empty();
        }
        int to = Math.min(from + CHUNK_STEPS, warm.steps());
        Update update =
            trainer.train(
                state,
                observations,
                show(turns, texts, observations, from, to),
                inARow(to - from),
                learningRates(from, to));
        state = update.state();
        loss = update.report().getOrDefault("loss", Double.NaN);
        listener.warmStart(to, warm.steps(), loss);
      }
    }
    return Optional.of(
        new Result(
            TrainingState.starting(state.parameters()),
            Map.of(LOSS, loss, DEMONSTRATED_SUCCESS_RATE, demonstrations.successRate())));
  }

  /** Fills the observations with those of steps {@code from} to {@code to}; their texts. */
  private int[][] show(
      List<Demonstration> turns, int[][] texts, ObservationBatch observations, int from, int to) {
    observations.clear();
    int[][] shown = new int[(to - from) * warm.minibatch()][];
    for (int row = 0; row < shown.length; row++) {
      int step = from + row / warm.minibatch();
      SplittableRandom random =
          draws(Draws.Purpose.WARM_START_MINIBATCHES).at(step, row % warm.minibatch());
      int chosen = random.nextInt(turns.size());
      var seen = turns.get(chosen).observation();
      byte[] pixels = seen.picture().pixels().clone();
      noise.addInPlace(pixels, random);
      observations.add(pixels, vocabulary.encodePadded(seen.prompt(), spec.text().promptTokens()));
      shown[row] = texts[chosen];
    }
    return shown;
  }

  private int[][] inARow(int steps) {
    int[][] minibatches = new int[steps][warm.minibatch()];
    for (int step = 0; step < steps; step++) {
      for (int place = 0; place < warm.minibatch(); place++) {
        minibatches[step][place] = step * warm.minibatch() + place;
      }
    }
    return minibatches;
  }

  private float[] learningRates(int from, int to) {
    float[] rates = new float[to - from];
    for (int step = from; step < to; step++) {
      rates[step - from] = (float) (warm.learningRate() * rate(step, warm.steps()));
    }
    return rates;
  }

  /** The part of the learning rate that a step, from 0, is taken with. */
  static double rate(int step, int steps) {
    double rising = Math.min(1, (step + 1.0) / RISING_STEPS);
    double falling = steps > 1 ? 1 - (1 - LAST_RATE) * step / (steps - 1) : 1;
    return rising * falling;
  }

  private static int longest(int[][] texts) {
    int longest = 0;
    for (int[] text : texts) {
      longest = Math.max(longest, text.length);
    }
    return longest;
  }

  private Draws draws(Draws.Purpose purpose) {
    return new Draws(settings.run().seed(), purpose);
  }
}
