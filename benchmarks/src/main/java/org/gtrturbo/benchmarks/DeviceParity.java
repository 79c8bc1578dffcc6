package org.gtrturbo.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.TokenScores;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.training.AdamW;
import org.gtrturbo.policy.training.PpoTrainer;
import org.gtrturbo.policy.training.TrainingRuntime;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.TrainingTurn;
import org.gtrturbo.policy.training.Update;

/** How far a device's results are from the processor's, over the same weights and turns. */
final class DeviceParity {
  private static final double NO_LIMIT = 1e30;
  private static final int UPDATES = 3;

  private final ComparedCase compared;
  private final TrainingWork work;
  private final Compute reference;
  private final Compute device;
  private final Parameters parameters;
  private final List<TrainingTurn> turns;

  DeviceParity(ComparedCase compared, TrainingWork work, Compute reference, Compute device) {
    this.compared = compared;
    this.work = work;
    this.reference = reference;
    this.device = device;
    this.parameters = VisionLanguageModel.initialise(compared.spec(), 1);
    this.turns = compared.turns();
  }

  /**
   * The most that may lie between the two.
   *
   * @param logProb of a token, absolutely
   * @param loss relatively
   * @param gradient Euclidean, relative to its length
   * @param parameters Euclidean, relative to how far training has moved them
   * @param differingTokens of texts written greedily, their share
   */
  record Tolerance(
      double logProb, double loss, double gradient, double parameters, double differingTokens) {
    static final Tolerance FLOAT32 = new Tolerance(1e-4, 1e-4, 1e-4, 1e-2, 0.05);
    static final Tolerance TF32 = new Tolerance(5e-2, 2e-2, 3e-2, 0.3, 0.5);
  }

  DeviceCheck forward(String name, Tolerance tolerance) {
    SequencedMap<String, Object> figures = new LinkedHashMap<>();
    double furthest = furthestLogProb();
    double differing = differingTokens();
    figures.put("greatestLogProbDifference", furthest);
    figures.put("toleranceLogProb", tolerance.logProb());
    figures.put("differingGreedyTokens", differing);
    figures.put("toleranceTokens", tolerance.differingTokens());
    return DeviceCheck.of(
        name,
        furthest <= tolerance.logProb() && differing <= tolerance.differingTokens(),
        figures,
        "the results lie further apart than is allowed");
  }

  DeviceCheck training(String name, Tolerance tolerance) {
    SequencedMap<String, Object> figures = new LinkedHashMap<>();
    double gradient = gradientError(figures);
    double loss = (Double) figures.getOrDefault("greatestRelativeLossDifference", Double.NaN);
    double moved = movedError();
    figures.put("toleranceLoss", tolerance.loss());
    figures.put("gradientError", gradient);
    figures.put("toleranceGradient", tolerance.gradient());
    figures.put("parameterError", moved);
    figures.put("toleranceParameters", tolerance.parameters());
    figures.put("updates", UPDATES);
    return DeviceCheck.of(
        name,
        loss <= tolerance.loss()
            && gradient <= tolerance.gradient()
            && moved <= tolerance.parameters(),
        figures,
        "the results lie further apart than is allowed");
  }

  private double furthestLogProb() {
    TokenScores expected = scores(reference);
    TokenScores actual = scores(device);
    double furthest = 0;
    for (int row = 0; row < turns.size(); row++) {
      float[] one = expected.logProbs()[row];
      float[] other = actual.logProbs()[row];
      for (int place = 0; place < one.length; place++) {
        furthest = Math.max(furthest, Math.abs((double) one[place] - other[place]));
      }
    }
    return furthest;
  }

  private TokenScores scores(Compute compute) {
    int[][] tokens = turns.stream().map(turn -> turn.written().tokens()).toArray(int[][]::new);
    try (Scorer scorer = new Scorer(compared.spec(), compute)) {
      return scorer.score(parameters, observations(), tokens, new int[turns.size()], 1, 1);
    }
  }

  private ObservationBatch observations() {
    return new RandomTurns(compared.spec(), 0).observations(turns);
  }

  private double differingTokens() {
    int[][] expected = greedy(reference);
    int[][] actual = greedy(device);
    int all = 0;
    int differing = 0;
    for (int row = 0; row < expected.length; row++) {
      for (int place = 0; place < expected[row].length; place++) {
        all++;
        boolean same = place < actual[row].length && expected[row][place] == actual[row][place];
        differing += same ? 0 : 1;
      }
    }
    return (double) differing / all;
  }

  private int[][] greedy(Compute compute) {
    try (Generator generator = new Generator(compared.spec(), compute)) {
      return generator
          .generate(
              parameters,
              observations(),
              Sampling.GREEDY,
              Generator.noDraws(compared.spec(), turns.size()))
          .tokens();
    }
  }

  /** With β₁ = 0 and no clipping, the first moment after one step is the gradient. */
  private double gradientError(Map<String, Object> figures) {
    AdamW plain = new AdamW(0, 0, 1, 0, NO_LIMIT);
    Update expected = oneStep(TrainingRuntime.on(reference), plain);
    Update actual = oneStep(TrainingRuntime.resident(device), plain);
    double furthest = 0;
    for (Map.Entry<String, Double> reported : expected.report().entrySet()) {
      double other = actual.report().getOrDefault(reported.getKey(), Double.NaN);
      double apart =
          Math.abs(other - reported.getValue()) / Math.max(1e-3, Math.abs(reported.getValue()));
      // A number that is none must fail.
      furthest = apart <= furthest ? furthest : apart;
    }
    figures.put("greatestRelativeLossDifference", furthest);
    float[] gradient = expected.state().groups().getFirst().kept().getFirst().toArray();
    return distance(gradient, actual.state().groups().getFirst().kept().getFirst().toArray())
        / distance(gradient, new float[gradient.length]);
  }

  private Update oneStep(TrainingRuntime runtime, AdamW optimizer) {
    try (PpoTrainer trainer = trainer(runtime, optimizer)) {
      return trainer.update(
          TrainingState.starting(parameters),
          turns,
          new int[][] {compared.minibatches()[0]},
          work.coefficients(1));
    }
  }

  private PpoTrainer trainer(TrainingRuntime runtime, AdamW optimizer) {
    return new PpoTrainer(
        compared.spec(), work.loss(compared.spec()), compared.minibatch(), optimizer, runtime);
  }

  private double movedError() {
    float[] start = parameters.toArray();
    float[] expected = trained(TrainingRuntime.on(reference));
    return distance(expected, trained(TrainingRuntime.resident(device)))
        / distance(expected, start);
  }

  private float[] trained(TrainingRuntime runtime) {
    try (PpoTrainer trainer = trainer(runtime, work.optimizer())) {
      TrainingState state = TrainingState.starting(parameters);
      for (int update = 0; update < UPDATES; update++) {
        state =
            trainer
                .update(state, turns, compared.minibatches(), work.coefficients(compared.steps()))
                .state();
      }
      return state.parameters().toArray();
    }
  }

  private static double distance(float[] one, float[] other) {
    double sum = 0;
    for (int index = 0; index < one.length; index++) {
      double apart = (double) one[index] - other[index];
      sum += apart * apart;
    }
    return Math.sqrt(sum);
  }
}
