package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.SmallPolicy;
import org.gtrturbo.policy.device.BusTraffic;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Surrogate;
import org.junit.jupiter.api.Test;

/**
 * State that stays on its device, with the processor for one: every bit as the route through Java's
 * own interface, and no vector handed over that is there already.
 */
final class ResidentRuntimeTest {
  private static final int TURNS = 12;
  private static final int MINIBATCH = 4;
  private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-7, 0.01, 1.0);
  private static final PpoCoefficients COEFFICIENTS = new PpoCoefficients(1e-3, 1, 0.5, 0.01, 0);
  private static final PpoSettings SETTINGS =
      PpoSettings.plain(Surrogate.Ratio.TOKEN, 0.2, 0.5, new Guidance.None());

  private final PolicySpec spec = SmallPolicy.spec();
  private final SplittableRandom random = new SplittableRandom(5);

  @Test
  void severalUpdatesInARowGiveTheBitsOfTheRouteThroughJavasInterface() {
    List<List<TrainingTurn>> batches = List.of(turns(6), turns(6), turns(3), turns(6));
    try (PpoTrainer host = trainer(new HostRuntime(Compute.cpu(1)));
        PpoTrainer resident = trainer(TrainingRuntime.resident(Compute.cpu(1)))) {
      TrainingState expected = TrainingState.starting(SmallPolicy.parameters(spec, 3));
      TrainingState actual = expected;
      for (List<TrainingTurn> batch : batches) {
        Update reference = update(host, expected, batch);
        Update update = update(resident, actual, batch);
        expected = reference.state();
        actual = update.state();
        assertThat(update.report()).isEqualTo(reference.report());
        assertThat(actual.steps()).isEqualTo(expected.steps());
        assertThat(bits(actual.parameters())).isEqualTo(bits(expected.parameters()));
        assertThat(bits(moment(actual, 0))).isEqualTo(bits(moment(expected, 0)));
        assertThat(bits(moment(actual, 1))).isEqualTo(bits(moment(expected, 1)));
      }
      assertThat(bits(actual.parameters())).isNotEqualTo(bits(SmallPolicy.parameters(spec, 3)));
    }
  }

  @Test
  void theVectorsAreHandedOverOnceAndComeBackOncePerUpdate() {
    TrainingRuntime runtime = TrainingRuntime.resident(Compute.cpu(1));
    try (PpoTrainer trainer = trainer(runtime)) {
      TrainingState start = TrainingState.starting(SmallPolicy.parameters(spec, 3));
      long vectors = 3 * Float.BYTES * start.parameters().layout().size();
      List<TrainingTurn> batch = turns(6);

      Update first = update(trainer, start, batch);
      BusTraffic uploading = runtime.traffic();
      Update second = update(trainer, first.state(), batch);
      BusTraffic going = runtime.traffic().since(uploading);
      // Another length of text has a graph of its own, and finds the vectors where they are.
      update(trainer, second.state(), turns(3));
      BusTraffic elsewhere = runtime.traffic().since(uploading.plus(going));

      assertThat(uploading.toDevice()).isEqualTo(vectors + going.toDevice());
      assertThat(going.toDevice()).isEqualTo(batchBytes(batch, 6));
      assertThat(elsewhere.toDevice()).isLessThan(going.toDevice());
      long reported = (long) first.report().size() * Float.BYTES * steps().length;
      assertThat(List.of(uploading.fromDevice(), going.fromDevice(), elsewhere.fromDevice()))
          .containsOnly(vectors + reported);
    }
  }

  @Test
  void aStateThatTheDeviceDoesNotHaveIsHandedOver() {
    try (PpoTrainer host = trainer(new HostRuntime(Compute.cpu(1)));
        PpoTrainer resident = trainer(TrainingRuntime.resident(Compute.cpu(1)))) {
      TrainingState start = TrainingState.starting(SmallPolicy.parameters(spec, 3));
      List<TrainingTurn> batch = turns(6);
      update(resident, update(resident, start, batch).state(), batch);

      Update again = update(resident, start, batch);

      assertThat(bits(again.state().parameters()))
          .isEqualTo(bits(update(host, start, batch).state().parameters()));
    }
  }

  @Test
  void aRunThatFailsLeavesTheVectorsWhereTheyWere() {
    TrainingRuntime runtime = TrainingRuntime.resident(Compute.cpu(1));
    try (PpoTrainer host = trainer(new HostRuntime(Compute.cpu(1)));
        PpoTrainer resident = trainer(runtime)) {
      List<TrainingTurn> batch = turns(6);
      TrainingState start = TrainingState.starting(SmallPolicy.parameters(spec, 3));
      TrainingState before = update(resident, start, batch).state();
      int[][] beyond = {{0, 1, 2, TURNS}};

      assertThatThrownBy(() -> resident.update(before, batch, beyond, List.of(COEFFICIENTS)))
          .hasMessageContaining("" + TURNS);
      BusTraffic failed = runtime.traffic();
      Update after = update(resident, before, batch);

      assertThat(runtime.traffic().since(failed).toDevice()).isEqualTo(batchBytes(batch, 6));
      assertThat(bits(after.state().parameters()))
          .isEqualTo(
              bits(update(host, update(host, start, batch).state(), batch).state().parameters()));
    }
  }

  @Test
  void whatIsNotTrainedIsHandedOverOnceAndNeverBack() {
    TrainingPlan plan =
        TrainingPlan.of(
            PolicyNetwork.layout(spec),
            OPTIMIZER,
            List.of(GroupRule.frozen("block.*")),
            Optional.empty());
    TrainingSetup setup = new TrainingSetup(plan, Computation.PLAIN);
    TrainingRuntime runtime = TrainingRuntime.resident(Compute.cpu(1));
    try (PpoTrainer host =
            new PpoTrainer(spec, SETTINGS, MINIBATCH, setup, new HostRuntime(Compute.cpu(1)));
        PpoTrainer resident = new PpoTrainer(spec, SETTINGS, MINIBATCH, setup, runtime)) {
      TrainingState start = setup.start(SmallPolicy.parameters(spec, 3), 0);
      List<TrainingTurn> batch = turns(6);

      TrainingState first = update(resident, start, batch).state();
      BusTraffic uploading = runtime.traffic();
      TrainingState second = update(resident, first, batch).state();
      BusTraffic going = runtime.traffic().since(uploading);

      assertThat(bits(second.parameters()))
          .isEqualTo(
              bits(update(host, update(host, start, batch).state(), batch).state().parameters()));
      long trained = 3 * Float.BYTES * plan.groups().getFirst().layout().size();
      assertThat(uploading.toDevice())
          .isEqualTo(trained + Float.BYTES * plan.fixed().size() + going.toDevice());
      assertThat(going.toDevice()).isEqualTo(batchBytes(batch, 6));
      assertThat(going.fromDevice()).isLessThan(trained + 1000);
    }
  }

  private static Parameters moment(TrainingState state, int vector) {
    return state.groups().getFirst().kept().get(vector);
  }

  private PpoTrainer trainer(TrainingRuntime runtime) {
    return new PpoTrainer(spec, SETTINGS, MINIBATCH, OPTIMIZER, runtime);
  }

  private static Update update(PpoTrainer trainer, TrainingState state, List<TrainingTurn> turns) {
    return trainer.update(state, turns, steps(), Collections.nCopies(steps().length, COEFFICIENTS));
  }

  private static int[][] steps() {
    return new int[][] {{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}, {3, 6, 9, 0}};
  }

  /** What a batch without guidance has: pictures, prompts, texts, targets, and which rows when. */
  private long batchBytes(List<TrainingTurn> turns, int length) {
    long perTurn =
        spec.picture().pixels()
            + (long) spec.text().promptTokens() * Long.BYTES
            + length * (Long.BYTES + 3L * Float.BYTES)
            + 2L * Float.BYTES;
    long perStep = (long) MINIBATCH * Long.BYTES + (long) COEFFICIENTS.line().length * Float.BYTES;
    return turns.size() * perTurn + steps().length * perStep + Float.BYTES + Long.BYTES;
  }

  private List<TrainingTurn> turns(int length) {
    List<TrainingTurn> turns = new ArrayList<>();
    for (int row = 0; row < TURNS; row++) {
      float[] logProbs = new float[length];
      for (int place = 0; place < length; place++) {
        logProbs[place] = (float) (-1 - random.nextDouble());
      }
      turns.add(
          new TrainingTurn(
              SmallPolicy.picture(spec, random),
              SmallPolicy.words(spec, spec.text().promptTokens(), random),
              new TrainingTurn.Written(
                  SmallPolicy.words(spec, length, random), length - 1, logProbs),
              new TrainingTurn.Target(
                  (float) random.nextDouble(-1, 1), (float) random.nextDouble(), 0),
              Optional.empty()));
    }
    return turns;
  }

  private static int[] bits(Parameters vector) {
    float[] values = vector.toArray();
    int[] bits = new int[values.length];
    for (int index = 0; index < values.length; index++) {
      bits[index] = Float.floatToRawIntBits(values[index]);
    }
    return bits;
  }
}
