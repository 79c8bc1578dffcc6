package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.ModelException;
import org.gtrturbo.policy.training.Computation.LossScaling;
import org.gtrturbo.policy.training.Computation.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several workers take the steps that one alone would. */
@Timeout(60)
final class SharedStepsTest {
  private static final int PARTS = 4;
  private static final AdamW ADAMW = new AdamW(0.9, 0.95, 1e-7, 0.01, 1);
  private static final Sgd SGD = new Sgd(0.9, true, 0.01, 1);

  private final LinearRegression regression = new LinearRegression(3);

  @ParameterizedTest(name = "{0} workers")
  @ValueSource(ints = {2, 4})
  void theSharesAddUpToTheMinibatchWhateverItsRowsWeigh(int workers) {
    TrainingSetup setup = setup(ADAMW, Precision.FLOAT32, 65536);

    assertAlike(train(setup, workers, 5), train(setup, 1, 5));
  }

  @Test
  void groupsAndOtherOptimizersAreSharedToo() {
    TrainingPlan plan =
        TrainingPlan.of(
            LinearRegression.LAYOUT,
            SGD,
            List.of(new GroupRule("bias", 3, OptionalDouble.of(0), false)),
            Optional.empty());
    TrainingSetup setup = new TrainingSetup(plan, computation(Precision.FLOAT32, 65536));

    assertAlike(train(setup, 2, 5), train(setup, 1, 5));
  }

  @Test
  void whatIsFrozenStays() {
    TrainingPlan plan =
        TrainingPlan.of(
            LinearRegression.LAYOUT, ADAMW, List.of(GroupRule.frozen("bias")), Optional.empty());
    TrainingSetup setup = new TrainingSetup(plan, computation(Precision.FLOAT32, 65536));

    assertAlike(train(setup, 2, 3), train(setup, 1, 3));
  }

  @ParameterizedTest(name = "a loss scale of {0}")
  @CsvSource({"8", "1073741824"})
  void theLossScaleMovesAsItWould(double scale) {
    TrainingSetup setup = setup(ADAMW, Precision.FLOAT16, scale);

    TrainingLoop.Result shared = train(setup, 2, 9);
    TrainingLoop.Result alone = train(setup, 1, 9);

    assertThat(shared.state().lossScale()).isEqualTo(alone.state().lossScale());
    assertThat(shared.state().steps()).isEqualTo(alone.state().steps());
    assertThat(shared.report().get("skippedSteps")).isEqualTo(alone.report().get("skippedSteps"));
  }

  @Test
  void stepsAreTheSameBitsInOneCallOrInTwo() {
    TrainingSetup setup = setup(ADAMW, Precision.FLOAT32, 65536);
    int[][] all = minibatches(5);
    try (TrainingRuntime runtime = TrainingRuntime.on(Compute.cpu(2));
        TrainingLoop loop = loop(setup, 2, runtime)) {
      TrainingState atOnce = regression.train(loop, start(setup), all, 0.1).state();
      TrainingState first =
          regression.train(loop, start(setup), Arrays.copyOfRange(all, 0, 2), 0.1).state();
      TrainingState inTwo =
          regression.train(loop, first, Arrays.copyOfRange(all, 2, 5), 0.1).state();

      assertThat(inTwo.parameters().toArray()).isEqualTo(atOnce.parameters().toArray());
      assertThat(inTwo.steps()).isEqualTo(atOnce.steps());
    }
  }

  @ParameterizedTest(name = "row {0} of step 1 is not there")
  @ValueSource(ints = {0, 11})
  void aShareThatFailsFailsTheUpdateAndTheNextOneIsWhole(int place) {
    TrainingSetup setup = setup(ADAMW, Precision.FLOAT32, 65536);
    int[][] broken = minibatches(2);
    broken[1][place] = LinearRegression.ROWS + 50;
    try (TrainingRuntime runtime = TrainingRuntime.on(Compute.cpu(2));
        TrainingLoop loop = loop(setup, 2, runtime)) {
      assertThatThrownBy(() -> regression.train(loop, start(setup), broken, 0.1))
          .isInstanceOf(ModelException.class);

      assertThat(regression.train(loop, start(setup), minibatches(2), 0.1).state().parameters())
          .satisfies(
              after ->
                  assertThat(after.toArray())
                      .isEqualTo(train(setup, 2, 2).state().parameters().toArray()));
    }
  }

  private static void assertAlike(TrainingLoop.Result shared, TrainingLoop.Result alone) {
    assertThat(shared.report().keySet()).isEqualTo(alone.report().keySet());
    alone
        .report()
        .forEach(
            (name, value) ->
                assertThat(shared.report().get(name))
                    .as(name)
                    .isCloseTo(value, Offset.offset(1e-5)));
    assertThat(shared.state().steps()).isEqualTo(alone.state().steps());
    for (int group = 0; group < alone.state().groups().size(); group++) {
      assertClose(
          shared.state().groups().get(group).parameters(),
          alone.state().groups().get(group).parameters());
      for (int kept = 0; kept < alone.state().groups().get(group).kept().size(); kept++) {
        assertClose(
            shared.state().groups().get(group).kept().get(kept),
            alone.state().groups().get(group).kept().get(kept));
      }
    }
  }

  private static void assertClose(Parameters shared, Parameters alone) {
    assertThat(shared.toArray()).containsExactly(alone.toArray(), Offset.offset(2e-6f));
  }

  private TrainingLoop.Result train(TrainingSetup setup, int workers, int steps) {
    try (TrainingRuntime runtime = TrainingRuntime.on(Compute.cpu(workers));
        TrainingLoop loop = loop(setup, workers, runtime)) {
      return regression.train(loop, start(setup), minibatches(steps), 0.1);
    }
  }

  private static TrainingLoop loop(TrainingSetup setup, int workers, TrainingRuntime runtime) {
    return new TrainingLoop(
        new CachedParts.Cut(setup, workers),
        LinearRegression.task(),
        LinearRegression.ROWS,
        runtime);
  }

  private static TrainingState start(TrainingSetup setup) {
    return setup.start(LinearRegression.parameters(), 0);
  }

  /** All rows in another order for each step. */
  private static int[][] minibatches(int steps) {
    SplittableRandom random = new SplittableRandom(5);
    int[][] minibatches = new int[steps][LinearRegression.ROWS];
    for (int[] rows : minibatches) {
      Arrays.setAll(rows, row -> row);
      for (int row = rows.length - 1; row > 0; row--) {
        int other = random.nextInt(row + 1);
        int moved = rows[row];
        rows[row] = rows[other];
        rows[other] = moved;
      }
    }
    return minibatches;
  }

  private static TrainingSetup setup(Optimizer optimizer, Precision precision, double scale) {
    return new TrainingSetup(
        TrainingPlan.whole(LinearRegression.LAYOUT, optimizer), computation(precision, scale));
  }

  private static Computation computation(Precision precision, double scale) {
    return new Computation(precision, new LossScaling(scale, 3), PARTS, 1);
  }
}
