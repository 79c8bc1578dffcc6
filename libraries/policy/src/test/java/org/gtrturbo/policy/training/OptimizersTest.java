package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.gtrturbo.policy.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Optimizers, parameter groups, frozen tensors and accumulation, on a linear regression, against
 * the same steps written out in double precision.
 */
final class OptimizersTest {
  private static final int[][] STEPS = {
    {0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}, {3, 0, 7, 10}, {5, 2, 9, 1}
  };
  private static final double RATE = 0.05;
  private static final int MATRIX = LinearRegression.IN * LinearRegression.OUT;

  private final LinearRegression regression = new LinearRegression(1);

  static Stream<Optimizer> optimizers() {
    return Stream.of(
        new AdamW(0.8, 0.9, 1e-6, 0.1, 1e9),
        new AdamW(0.8, 0.9, 1e-6, 0, 0.7),
        new Sgd(0, false, 0, 1e9),
        new Sgd(0.9, false, 0.2, 1e9),
        new Sgd(0.9, true, 0, 1e9),
        new Sgd(0.9, true, 0.1, 0.5));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizers")
  void stepsAreThoseOfTheFormulas(Optimizer optimizer) {
    TrainingSetup setup = TrainingSetup.plain(LinearRegression.LAYOUT, optimizer);

    TrainingState trained = train(setup);

    double[] rates = new double[MATRIX + 2];
    double[] decays = new double[MATRIX + 2];
    Arrays.fill(rates, 1);
    Arrays.fill(decays, optimizer.weightDecay());
    assertClose(trained.parameters(), expected(optimizer, rates, decays));
    assertThat(trained.steps()).isEqualTo(STEPS.length);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizers")
  void aGroupHasItsOwnRateAndDecayAndSharesTheNorm(Optimizer optimizer) {
    TrainingSetup setup =
        setup(optimizer, List.of(new GroupRule("b*s", 0.25, OptionalDouble.of(0.3), false)));

    TrainingState trained = train(setup);

    double[] rates = new double[MATRIX + 2];
    double[] decays = new double[MATRIX + 2];
    for (int index = 0; index < rates.length; index++) {
      rates[index] = index < MATRIX ? 1 : 0.25;
      decays[index] = index < MATRIX ? optimizer.weightDecay() : 0.3;
    }
    assertClose(trained.parameters(), expected(optimizer, rates, decays));
  }

  @Test
  void aFrozenTensorKeepsItsBytesAndNoGradientIsComputedForIt() {
    Optimizer optimizer = new AdamW(0.8, 0.9, 1e-6, 0.1, 1e9);
    TrainingSetup frozen = setup(optimizer, List.of(GroupRule.frozen("matrix")));

    Parameters trained = train(frozen).parameters();

    for (int index = 0; index < MATRIX; index++) {
      assertThat(trained.get(index)).isEqualTo(LinearRegression.parameters().get(index));
    }
    assertThat(trained.get(MATRIX)).isNotEqualTo(LinearRegression.parameters().get(MATRIX));
    // The gradient of the matrix is the model's only product with a transposed operand.
    assertThat(model(frozen)).doesNotContain("Gemm");
    assertThat(model(TrainingSetup.plain(LinearRegression.LAYOUT, optimizer))).contains("Gemm");
  }

  @Test
  void aStateGoesOnFromWhatACheckpointHolds() {
    for (Optimizer optimizer : optimizers().toList()) {
      TrainingSetup setup =
          setup(optimizer, List.of(new GroupRule("bias", 2, OptionalDouble.empty(), false)));
      TrainingState half =
          regression
              .train(setup, setup.start(LinearRegression.parameters(), 0), first(2), RATE)
              .state();

      TrainingState resumed = setup.resume(half.tensors(), half.optimizerTensors(), half.steps());

      int[][] rest = Arrays.copyOfRange(STEPS, 2, STEPS.length);
      assertThat(regression.train(setup, resumed, rest, RATE).state().parameters().toArray())
          .isEqualTo(train(setup).parameters().toArray());
    }
  }

  @Test
  void aStateOfAnotherOptimizerIsRefused() {
    TrainingSetup adam =
        TrainingSetup.plain(LinearRegression.LAYOUT, new AdamW(0.9, 0.9, 1e-8, 0, 1));
    TrainingSetup sgd = TrainingSetup.plain(LinearRegression.LAYOUT, new Sgd(0.9, false, 0, 1));
    TrainingState state = adam.start(LinearRegression.parameters(), 0);

    assertThatThrownBy(() -> regression.train(sgd, state, first(1), RATE))
        .hasMessageContaining("another plan");
    assertThatThrownBy(() -> sgd.resume(state.tensors(), state.optimizerTensors(), 0))
        .hasMessageContaining("there is no tensor sgd.velocity of 256 floats");
  }

  @Test
  void patternsThatFitNothingAndPlansThatTrainNothingAreRefused() {
    Optimizer optimizer = new Sgd(0, false, 0, 1);

    assertThatThrownBy(() -> setup(optimizer, List.of(GroupRule.frozen("*norm"))))
        .hasMessage("no tensor is called *norm; there are matrix, bias");
    assertThatThrownBy(() -> setup(optimizer, List.of(GroupRule.frozen("*"))))
        .hasMessageContaining("nothing to train");
    assertThatThrownBy(() -> new Sgd(0, true, 0, 1)).hasMessageContaining("momentum");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("optimizers")
  void microBatchesAddUpToTheMinibatchHoweverItsWeightsAreSpread(Optimizer optimizer) {
    int[][] minibatches = {{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}, {4, 11, 2, 9, 0, 7}};
    TrainingSetup whole = TrainingSetup.plain(LinearRegression.LAYOUT, optimizer);
    TrainingLoop.Result atOnce =
        regression.train(whole, whole.start(LinearRegression.parameters(), 0), minibatches, RATE);
    for (int parts : new int[] {2, 3, 6}) {
      TrainingSetup cut =
          new TrainingSetup(
              whole.plan(),
              new Computation(
                  Computation.Precision.FLOAT32, Computation.PLAIN.lossScaling(), parts, 1));

      TrainingLoop.Result accumulated =
          regression.train(cut, cut.start(LinearRegression.parameters(), 0), minibatches, RATE);

      assertClose(
          accumulated.state().parameters(), LinearRegression.doubles(atOnce.state().parameters()));
      assertThat(accumulated.report().get("loss"))
          .isCloseTo(atOnce.report().get("loss"), Offset.offset(1e-5));
      assertThat(accumulated.report().get("gradientNorm"))
          .isCloseTo(atOnce.report().get("gradientNorm"), Offset.offset(1e-5));
    }
    assertThatThrownBy(
            () ->
                new TrainingGraph(
                    new TrainingSetup(
                        whole.plan(),
                        new Computation(
                            Computation.Precision.FLOAT32, Computation.PLAIN.lossScaling(), 4, 1)),
                    LinearRegression.task(),
                    6))
        .hasMessageContaining("6 rows cannot be cut into 4 micro-batches");
  }

  private static int[][] first(int steps) {
    return Arrays.copyOf(STEPS, steps);
  }

  private static TrainingSetup setup(Optimizer optimizer, List<GroupRule> rules) {
    return new TrainingSetup(
        TrainingPlan.of(LinearRegression.LAYOUT, optimizer, rules, Optional.empty()),
        Computation.PLAIN);
  }

  private TrainingState train(TrainingSetup setup) {
    return regression
        .train(setup, setup.start(LinearRegression.parameters(), 0), STEPS, RATE)
        .state();
  }

  private static String model(TrainingSetup setup) {
    byte[] model = new TrainingGraph(setup, LinearRegression.task(), 4).write();
    return new String(model, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private static void assertClose(Parameters actual, double[] expected) {
    double[] found = LinearRegression.doubles(actual);
    for (int index = 0; index < expected.length; index++) {
      assertThat(found[index]).isCloseTo(expected[index], Offset.offset(1e-5));
    }
  }

  /** The steps in double precision, with a rate and a decay for each parameter. */
  private double[] expected(Optimizer optimizer, double[] rates, double[] decays) {
    double[] at = LinearRegression.start();
    double[] first = new double[at.length];
    double[] second = new double[at.length];
    for (int step = 1; step <= STEPS.length; step++) {
      double[] gradient = regression.gradient(at, STEPS[step - 1]);
      double norm = Math.sqrt(Arrays.stream(gradient).map(each -> each * each).sum());
      double shrink = Math.min(1, optimizer.maxGradientNorm() / (norm + 1e-6));
      for (int index = 0; index < at.length; index++) {
        double g = gradient[index] * shrink;
        double rate = RATE * rates[index];
        double direction =
            switch (optimizer) {
              case AdamW adam -> {
                first[index] = adam.beta1() * first[index] + (1 - adam.beta1()) * g;
                second[index] = adam.beta2() * second[index] + (1 - adam.beta2()) * g * g;
                double mean = first[index] / (1 - Math.pow(adam.beta1(), step));
                double deviation = Math.sqrt(second[index] / (1 - Math.pow(adam.beta2(), step)));
                yield mean / (deviation + adam.epsilon());
              }
              case Sgd sgd -> {
                first[index] = sgd.momentum() * first[index] + g;
                yield sgd.nesterov() ? g + sgd.momentum() * first[index] : first[index];
              }
            };
        at[index] = at[index] * (1 - rate * decays[index]) - rate * direction;
      }
    }
    return at;
  }
}
