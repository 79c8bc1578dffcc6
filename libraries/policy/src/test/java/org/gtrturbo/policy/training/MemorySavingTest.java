package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.ParameterLayout.Slot;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.SmallPolicy;
import org.gtrturbo.policy.device.Compute;
import org.gtrturbo.policy.graph.ModelException;
import org.gtrturbo.policy.losses.TokenLosses;
import org.gtrturbo.policy.training.Computation.LossScaling;
import org.gtrturbo.policy.training.Computation.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What lets larger policies be trained: recomputation, adapters, half precision and micro-batches,
 * on the small policy learning texts.
 */
final class MemorySavingTest {
  private static final AdamW OPTIMIZER = new AdamW(0.9, 0.95, 1e-7, 0.01, 1);
  private static final int SIZE = 8;

  private final PolicySpec spec = SmallPolicy.spec();
  private final Parameters policy = SmallPolicy.parameters(spec, 3);
  private final SplittableRandom random = new SplittableRandom(31);
  private final ObservationBatch observations = SmallPolicy.observations(spec, SIZE, random);
  private final int[][] texts = texts();

  private int[][] texts() {
    int[][] texts = new int[SIZE][];
    for (int row = 0; row < SIZE; row++) {
      texts[row] = SmallPolicy.words(spec, 3 + row % 5, random);
    }
    return texts;
  }

  @ParameterizedTest(name = "{0} segments")
  @ValueSource(ints = {2, 3, 5, 9})
  void recomputedActivationsGiveTheSameBits(int segments) {
    TrainingSetup recomputing = computing(Precision.FLOAT32, 1, segments);

    TrainingState kept = train(computing(Precision.FLOAT32, 1, 1), 4).state();

    assertThat(train(recomputing, 4).state().parameters().toArray())
        .isEqualTo(kept.parameters().toArray());
    assertThat(count(recomputing, "MatMul"))
        .isGreaterThan(count(computing(Precision.FLOAT32, 1, 1), "MatMul"));
    assertThat(count(recomputing, "Gemm"))
        .isEqualTo(count(computing(Precision.FLOAT32, 1, 1), "Gemm"));
  }

  @Test
  void microBatchesOfTextsOfUnlikeLengthsAddUpToTheMinibatch() {
    Update whole = train(computing(Precision.FLOAT32, 1, 1), 3);
    Update parts = train(computing(Precision.FLOAT32, 4, 1), 3);

    assertThat(parts.report().get("loss"))
        .isCloseTo(whole.report().get("loss"), Offset.offset(1e-5));
    assertThat(distance(parts.state().parameters(), whole.state().parameters()))
        .isLessThan(1e-3 * distance(policy, whole.state().parameters()));
    assertThat(train(computing(Precision.FLOAT32, 4, 3), 3).state().parameters().toArray())
        .isEqualTo(parts.state().parameters().toArray());
  }

  @Test
  void trainingInHalfPrecisionFollowsTheFullOne() {
    Update full = train(computing(Precision.FLOAT32, 1, 1), 6);
    Update half = train(computing(Precision.FLOAT16, 1, 1), 6);

    double moved = distance(policy, full.state().parameters());
    assertThat(distance(half.state().parameters(), full.state().parameters()))
        .isBetween(1e-7 * moved, 0.2 * moved);
    assertThat(half.report().get("skippedSteps")).isZero();
    assertThat(half.report().get("gradientNorm"))
        .isCloseTo(full.report().get("gradientNorm"), Offset.offset(0.02));
    assertThat(half.state().lossScale()).contains(new LossScale(1024, 6, 0));
    assertThat(half.state().steps()).isEqualTo(6);
  }

  @Test
  void aStepWhoseGradientOverflowsIsNotTakenAndHalvesTheScale() {
    TrainingSetup large = halfFrom(1 << 24, 3);
    TrainingState start = large.start(policy, 0);

    Update first = train(large, start, 1);

    assertThat(first.report().get("skippedSteps")).isEqualTo(1);
    assertThat(first.state().lossScale()).contains(new LossScale(1 << 23, 0, 1));
    assertThat(first.state().steps()).isZero();
    assertThat(first.state().parameters().toArray()).isEqualTo(policy.toArray());
    for (Parameters kept : first.state().groups().getFirst().kept()) {
      assertThat(kept.toArray()).containsOnly(0f);
    }

    Update more = train(large, first.state(), 20);
    LossScale scale = more.state().lossScale().orElseThrow();
    assertThat(scale.skippedSteps()).isBetween(2L, 15L);
    assertThat(more.state().steps()).isEqualTo(21 - scale.skippedSteps());
    assertThat(distance(policy, more.state().parameters())).isPositive();
  }

  @Test
  void theScaleIsDoubledAfterItsStepsWithoutAnOverflow() {
    Update update = train(halfFrom(8, 3), halfFrom(8, 3).start(policy, 0), 7);

    assertThat(update.state().lossScale()).contains(new LossScale(32, 1, 0));
  }

  @Test
  void theLossScaleGoesOnFromWhatACheckpointHolds() {
    TrainingSetup setup = halfFrom(8, 3);
    TrainingState half = train(setup, setup.start(policy, 0), 4).state();

    TrainingState resumed = setup.resume(half.tensors(), half.optimizerTensors(), half.steps());

    TrainingState atOnce = train(setup, setup.start(policy, 0), 4).state();
    assertThat(resumed.lossScale()).contains(new LossScale(16, 1, 0));
    assertThat(train(setup, resumed, 3).state().parameters().toArray())
        .isEqualTo(train(setup, atOnce, 3).state().parameters().toArray());
    assertThatThrownBy(
            () ->
                computing(Precision.FLOAT32, 1, 1)
                    .resume(half.tensors(), half.optimizerTensors(), half.steps()))
        .hasMessageContaining("with a loss scale, and the settings ask for FLOAT32");
  }

  @Test
  void inBrainFloatsMatricesAreMultipliedInThemAndAllElseInFloats() {
    TrainingSetup setup = computing(Precision.BFLOAT16, 1, 1);
    List<OnnxMl.NodeProto> nodes = nodes(setup);

    int brain = OnnxMl.TensorProto.DataType.BFLOAT16_VALUE;
    List<String> inBrainFloats =
        nodes.stream()
            .filter(node -> node.getOpType().equals("Cast"))
            .filter(node -> node.getAttribute(0).getI() == brain)
            .map(node -> node.getOutput(0))
            .toList();
    List<OnnxMl.NodeProto> forward =
        nodes.stream()
            .filter(node -> node.getOpType().equals("MatMul"))
            .filter(node -> inBrainFloats.contains(node.getInput(0)))
            .toList();
    assertThat(forward).hasSizeGreaterThan(10);
    assertThat(nodes)
        .filteredOn(
            node -> List.of("Softmax", "LogSoftmax", "Exp", "Div").contains(node.getOpType()))
        .isNotEmpty()
        .noneMatch(node -> node.getInputList().stream().anyMatch(inBrainFloats::contains));
  }

  @Test
  void aDeviceWithoutBrainFloatsSaysWhatItLacks() {
    assertThatThrownBy(() -> train(computing(Precision.BFLOAT16, 1, 1), 1))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("cannot train in BFLOAT16")
        .hasMessageContaining("MatMul")
        .hasMessageContaining("train in FLOAT32");
  }

  @Test
  void adaptersAloneMoveAndWhatTheyAdaptKeepsItsBytes() {
    TrainingSetup setup = adapting(4, 8);
    TrainingState start = setup.start(policy, 5);

    TrainingState trained = train(setup, start, 5).state();

    assertThat(start.parameters().toArray()).isEqualTo(policy.toArray());
    Map<String, float[]> before = floats(start);
    floats(trained)
        .forEach(
            (name, after) -> {
              float[] was = before.get(name);
              if (Lora.adapted(name).isPresent() || name.startsWith("value.")) {
                assertThat(after).as(name).isNotEqualTo(was);
              } else {
                assertThat(after).as(name).isEqualTo(was);
              }
            });
    assertThat(distance(policy, trained.parameters())).isPositive();
    assertThat(train(setup, setup.start(policy, 5), 5).state().parameters().toArray())
        .isEqualTo(trained.parameters().toArray());
    assertThat(floats(setup.start(policy, 6)).get("block.0.mlp.expand.lora.a"))
        .isNotEqualTo(before.get("block.0.mlp.expand.lora.a"));
  }

  @Test
  void effectiveWeightsAreTheMatrixAndTheScaledProductOfItsAdapters() {
    TrainingState trained = train(adapting(3, 12), adapting(3, 12).start(policy, 5), 4).state();
    Map<String, float[]> tensors = floats(trained);
    Slot slot =
        policy.layout().slots().stream()
            .filter(each -> each.name().equals("block.1.mlp.contract"))
            .findFirst()
            .orElseThrow();
    int in = (int) slot.shape()[0];
    int out = (int) slot.shape()[1];
    float[] down = tensors.get("block.1.mlp.contract.lora.a");
    float[] up = tensors.get("block.1.mlp.contract.lora.b");
    Parameters effective = trained.parameters();
    for (int row = 0; row < in; row++) {
      for (int column = 0; column < out; column++) {
        double change = 0;
        for (int rank = 0; rank < 3; rank++) {
          change += (double) down[row * 3 + rank] * up[rank * out + column];
        }
        long index = slot.offset() + (long) row * out + column;
        assertThat((double) effective.get(index))
            .isCloseTo(policy.get(index) + 4 * change, Offset.offset(1e-6));
      }
    }
    // The trained graph computes with the same weights: its loss at them is the whole policy's.
    TrainingSetup plain = computing(Precision.FLOAT32, 1, 1);
    assertThat(train(plain, plain.start(effective, 0), 1).report().get("loss"))
        .isCloseTo(train(adapting(3, 12), trained, 1).report().get("loss"), Offset.offset(1e-5));
  }

  @Test
  void adaptersAreGroupedByTheirOwnNames() {
    Lora lora = new Lora(List.of("block.*.mlp.expand"), List.of("value.*"), 2, 2);
    TrainingPlan plan =
        TrainingPlan.of(
            policy.layout(),
            OPTIMIZER,
            List.of(new GroupRule("*.lora.b", 16, OptionalDouble.of(0), false)),
            Optional.of(lora));

    assertThat(plan.groups()).hasSize(2);
    ParameterGroup fast = plan.groups().getLast();
    assertThat(fast.layout().slots().stream().map(Slot::name))
        .containsExactly("block.0.mlp.expand.lora.b", "block.1.mlp.expand.lora.b");
    assertThat(fast.learningRateFactor()).isEqualTo(16);
    assertThat(plan.groups().getFirst().layout().slots().stream().map(Slot::name))
        .containsExactly(
            "block.0.mlp.expand.lora.a",
            "block.1.mlp.expand.lora.a",
            "value.hidden",
            "value.weight",
            "value.bias");
  }

  @Test
  void aFrozenAdapterKeepsItsBytesAndStillCounts() {
    Lora lora = new Lora(List.of("block.*.mlp.expand"), List.of(), 2, 2);
    TrainingSetup setup =
        new TrainingSetup(
            TrainingPlan.of(
                policy.layout(),
                OPTIMIZER,
                List.of(GroupRule.frozen("*.lora.a")),
                Optional.of(lora)),
            Computation.PLAIN);
    TrainingState start = setup.start(policy, 5);

    TrainingState trained = train(setup, start, 3).state();

    assertThat(floats(trained).get("block.1.mlp.expand.lora.a"))
        .isEqualTo(floats(start).get("block.1.mlp.expand.lora.a"))
        .isNotEqualTo(floats(start).get("block.0.mlp.expand.lora.a"));
    assertThat(floats(trained).get("block.1.mlp.expand.lora.b"))
        .isNotEqualTo(floats(start).get("block.1.mlp.expand.lora.b"));
    assertThat(distance(policy, trained.parameters())).isPositive();
    assertThat(
            setup.resume(trained.tensors(), trained.optimizerTensors(), 3).parameters().toArray())
        .isEqualTo(trained.parameters().toArray());
  }

  @Test
  void onlyMatricesCanBeAdapted() {
    assertThatThrownBy(
            () ->
                TrainingPlan.of(
                    policy.layout(),
                    OPTIMIZER,
                    List.of(),
                    Optional.of(new Lora(List.of("norm"), List.of(), 2, 2))))
        .hasMessageContaining("only a matrix can have low-rank adapters, norm has the shape [16]");
  }

  private TrainingSetup adapting(int rank, double alpha) {
    Lora lora =
        new Lora(
            List.of("block.*.attention.output", "block.*.mlp.expand", "*.contract"),
            List.of("value.*"),
            rank,
            alpha);
    return new TrainingSetup(
        TrainingPlan.of(policy.layout(), OPTIMIZER, List.of(), Optional.of(lora)),
        Computation.PLAIN);
  }

  private TrainingSetup computing(Precision precision, int microBatches, int segments) {
    return new TrainingSetup(
        TrainingPlan.whole(policy.layout(), OPTIMIZER),
        new Computation(precision, new LossScaling(1024, 2000), microBatches, segments));
  }

  private TrainingSetup halfFrom(double scale, int growthSteps) {
    return new TrainingSetup(
        TrainingPlan.whole(policy.layout(), OPTIMIZER),
        new Computation(Precision.FLOAT16, new LossScaling(scale, growthSteps), 1, 1));
  }

  private Update train(TrainingSetup setup, int steps) {
    return train(setup, setup.start(policy, 0), steps);
  }

  private Update train(TrainingSetup setup, TrainingState state, int steps) {
    int[][] minibatches = new int[steps][SIZE];
    float[] rates = new float[steps];
    for (int step = 0; step < steps; step++) {
      for (int place = 0; place < SIZE; place++) {
        minibatches[step][place] = (place * 3 + step) % SIZE;
      }
      rates[step] = 3e-3f;
    }
    try (var trainer = new SupervisedTrainer(spec, 8, SIZE, setup, runtime())) {
      return trainer.train(state, observations, texts, minibatches, rates);
    }
  }

  private static TrainingRuntime runtime() {
    return TrainingRuntime.on(Compute.cpu(1));
  }

  private static Map<String, float[]> floats(TrainingState state) {
    Map<String, float[]> floats = new java.util.LinkedHashMap<>();
    state
        .tensors()
        .forEach(
            tensor ->
                floats.put(
                    tensor.name(),
                    tensor.values().toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED)));
    return floats;
  }

  private static double distance(Parameters left, Parameters right) {
    double sum = 0;
    for (long index = 0; index < left.layout().size(); index++) {
      double difference = (double) left.get(index) - right.get(index);
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }

  private long count(TrainingSetup setup, String operator) {
    return nodes(setup).stream().filter(node -> node.getOpType().equals(operator)).count();
  }

  /** The nodes of the loop's body. */
  private List<OnnxMl.NodeProto> nodes(TrainingSetup setup) {
    byte[] model =
        new TrainingGraph(
                setup,
                new TrainingLoop.Task(
                    SupervisedTrainer.columns(spec, 8),
                    List.of(TrainingLoop.LEARNING_RATE),
                    (graph, parameters, minibatch, _) -> {
                      var op = graph.operators();
                      var evaluation =
                          PolicyNetwork.of(spec, graph, parameters)
                              .evaluate(
                                  TrainingLoop.scalar(minibatch, "pixels"),
                                  TrainingLoop.scalar(minibatch, "prompt"),
                                  TrainingLoop.scalar(minibatch, "tokens"));
                      var tokens = TrainingLoop.scalar(minibatch, "tokens");
                      var logProbs =
                          TokenLosses.logProbs(op, op.logSoftmax(evaluation.logits()), tokens);
                      var loss =
                          TokenLosses.weightedMean(
                              op, logProbs, TrainingLoop.scalar(minibatch, "written"));
                      return Map.of(TrainingLoop.LOSS, loss);
                    }),
                SIZE)
            .write();
    List<OnnxMl.NodeProto> nodes = new ArrayList<>();
    try {
      OnnxMl.ModelProto.parseFrom(model)
          .getGraph()
          .getNodeList()
          .forEach(
              node ->
                  node.getAttributeList().stream()
                      .filter(attribute -> attribute.hasG())
                      .forEach(attribute -> nodes.addAll(attribute.getG().getNodeList())));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
    return nodes;
  }
}
