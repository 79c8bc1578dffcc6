package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.SmallPolicy;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.Guidance;
import org.gtrturbo.policy.losses.Surrogate;
import org.gtrturbo.policy.losses.ValueLoss;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradient of the PPO loss through the whole policy: in double against finite differences, in
 * float against double.
 */
final class WholeModelGradientTest {
  private static final int ROWS = 3;
  private static final int LENGTH = 6;
  private static final double STEP = 1e-6;

  private final PolicySpec spec = SmallPolicy.spec();
  private final double[] parameters = doubles(SmallPolicy.parameters(spec, 1).toArray());

  private static double[] doubles(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int index = 0; index < floats.length; index++) {
      doubles[index] = floats[index];
    }
    return doubles;
  }

  static Stream<PpoSettings> variants() {
    return Stream.of(
        settings(Surrogate.Ratio.TOKEN, Optional.empty(), 1, reverse(11)),
        settings(Surrogate.Ratio.TOKEN, Optional.of(0.3), 1, reverse(4)),
        settings(Surrogate.Ratio.STEP, Optional.empty(), 0.8, new Guidance.None()),
        settings(Surrogate.Ratio.TOKEN, Optional.empty(), 1, loss(new Estimator.ForwardKl(4))),
        settings(Surrogate.Ratio.TOKEN, Optional.empty(), 1, loss(new Estimator.K3())),
        settings(Surrogate.Ratio.TOKEN, Optional.empty(), 1, new Guidance.Thoughts()),
        new PpoSettings(
            new Surrogate(
                Surrogate.Ratio.TOKEN, 0.2, 0.5, 3, Optional.of(new Surrogate.Decoupling(2))),
            new ValueLoss(Optional.empty()),
            1,
            loss(new Estimator.Abs())));
  }

  private static PpoSettings settings(
      Surrogate.Ratio ratio, Optional<Double> valueClip, double temperature, Guidance guidance) {
    return new PpoSettings(
        Surrogate.plain(ratio, 0.2, 0.5), new ValueLoss(valueClip), temperature, guidance);
  }

  private static Guidance reverse(int topK) {
    return loss(new Estimator.ReverseKl(topK));
  }

  private static Guidance loss(Estimator estimator) {
    return new Guidance.Distance(Guidance.Placement.LOSS, estimator);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variants")
  void theGradientEqualsFiniteDifferencesAndFloatEqualsDouble(PpoSettings settings) {
    double[] gradient;
    try (OnnxSession session = OnnxSession.open(model(settings, DataType.DOUBLE), 1)) {
      gradient = run(session, settings, DataType.DOUBLE, parameters).get("gradient");
      SplittableRandom random = new SplittableRandom(5);
      for (int probe = 0; probe < 12; probe++) {
        double[] above = parameters.clone();
        double[] below = parameters.clone();
        double along = 0;
        for (int index = 0; index < parameters.length; index++) {
          // Few parameters at once, so that a wrong one is not lost among thousands.
          double direction = random.nextInt(50) == 0 ? random.nextGaussian() : 0;
          above[index] += STEP * direction;
          below[index] -= STEP * direction;
          along += gradient[index] * direction;
        }
        double difference =
            (loss(session, settings, above) - loss(session, settings, below)) / (2 * STEP);
        assertThat(difference).isCloseTo(along, Offset.offset(1e-5 * (1 + Math.abs(along))));
      }
    }
    try (OnnxSession session = OnnxSession.open(model(settings, DataType.FLOAT), 1)) {
      double[] inFloat = run(session, settings, DataType.FLOAT, parameters).get("gradient");
      double error = 0;
      double size = 0;
      for (int index = 0; index < gradient.length; index++) {
        error += Math.pow(inFloat[index] - gradient[index], 2);
        size += Math.pow(gradient[index], 2);
      }
      assertThat(Math.sqrt(error / size)).isLessThan(1e-5);
    }
  }

  private double loss(OnnxSession session, PpoSettings settings, double[] at) {
    return run(session, settings, DataType.DOUBLE, at).get("loss")[0];
  }

  private byte[] model(PpoSettings settings, DataType type) {
    Graph graph = new Graph(type);
    Value flat = graph.input("parameters", type, PolicyNetwork.layout(spec).size());
    Map<String, Value> columns = new HashMap<>();
    for (Input input : inputs(settings)) {
      DataType own = input.type() == DataType.FLOAT ? type : input.type();
      columns.put(input.name(), graph.input(input.name(), own, input.shape()));
    }
    Map<String, Value> coefficients =
        Map.of(
            PpoLoss.POLICY, graph.scalar(1),
            PpoLoss.VALUE, graph.scalar(0.5),
            PpoLoss.ENTROPY, graph.scalar(0.02),
            PpoLoss.GUIDANCE, graph.scalar(0.3));
    Value loss =
        TrainingLoop.scalar(
            new PpoLoss(spec, settings)
                .build(
                    graph,
                    PolicyNetwork.slices(graph, flat, VisionLanguageModel.layout(spec)),
                    columns,
                    coefficients),
            TrainingLoop.LOSS);
    graph.output("loss", loss);
    graph.output("gradient", Gradients.of(graph, loss, List.of(flat)).getFirst());
    return OnnxModel.write(graph, "whole", Map.of());
  }

  private record Input(String name, DataType type, double[] contents, long... shape) {}

  /** One fixed random batch. */
  private List<Input> inputs(PpoSettings settings) {
    SplittableRandom random = new SplittableRandom(2);
    var picture = spec.picture();
    int topK =
        settings.distanceInUpdate().map(each -> Math.max(1, each.estimator().words())).orElse(1);
    int places = ROWS * LENGTH;
    double[] thought = new double[places];
    double[] action = new double[places];
    double[] topTokens = new double[places * topK];
    for (int place = 0; place < places; place++) {
      (place % LENGTH < 4 ? thought : action)[place] =
          place % LENGTH == 5 && place < LENGTH ? 0 : 1;
      for (int rank = 0; rank < topK; rank++) {
        topTokens[place * topK + rank] = (place + 2 * rank) % 11;
      }
    }
    double likely = -Math.log(topK + 2);
    return List.of(
        new Input(
            "pixels",
            DataType.UINT8,
            random.ints((long) ROWS * picture.pixels(), 0, 128).asDoubleStream().toArray(),
            ROWS,
            picture.height(),
            picture.width(),
            picture.channels()),
        integers("prompt", random, ROWS, spec.text().promptTokens()),
        integers("tokens", random, ROWS, LENGTH),
        new Input("thought", DataType.FLOAT, thought, ROWS, LENGTH),
        new Input("action", DataType.FLOAT, action, ROWS, LENGTH),
        floats("logProbs", random, -3, -1, ROWS, LENGTH),
        floats("advantage", random, -1, 1, ROWS),
        floats("valueTarget", random, -1, 1, ROWS),
        floats("valueBefore", random, -1, 1, ROWS),
        floats("teacherTop", random, likely - 0.2, likely, ROWS, LENGTH, topK),
        new Input("teacherTopTokens", DataType.INT64, topTokens, ROWS, LENGTH, topK),
        floats("teacherLogProbs", random, -3, -1, ROWS, LENGTH),
        floats(TurnColumns.PROXIMAL_LOG_PROBS, random, -3, -1, ROWS, LENGTH),
        new Input(
            TurnColumns.LESSON_PIXELS,
            DataType.UINT8,
            random.ints((long) ROWS * picture.pixels(), 0, 128).asDoubleStream().toArray(),
            ROWS,
            picture.height(),
            picture.width(),
            picture.channels()),
        integers(TurnColumns.LESSON_PROMPT, random, ROWS, spec.text().promptTokens()),
        integers(TurnColumns.LESSON_TOKENS, random, ROWS, LENGTH),
        new Input(TurnColumns.LESSON_THOUGHT, DataType.FLOAT, thought, ROWS, LENGTH));
  }

  private Input integers(String name, SplittableRandom random, long... shape) {
    return new Input(
        name,
        DataType.INT64,
        random.ints(shape[0] * shape[1], 1, spec.vocabularySize()).asDoubleStream().toArray(),
        shape);
  }

  private static Input floats(
      String name, SplittableRandom random, double low, double high, long... shape) {
    long elements = java.util.Arrays.stream(shape).reduce(1, (left, right) -> left * right);
    return new Input(name, DataType.FLOAT, random.doubles(elements, low, high).toArray(), shape);
  }

  private Map<String, double[]> run(
      OnnxSession session, PpoSettings settings, DataType type, double[] at) {
    Map<String, OnnxTensor> tensors = new HashMap<>();
    tensors.put("parameters", tensor(at, type, at.length));
    for (Input input : inputs(settings)) {
      DataType own = input.type() == DataType.FLOAT ? type : input.type();
      tensors.put(input.name(), tensor(input.contents(), own, input.shape()));
    }
    try (OnnxSession.Outputs outputs = session.run(tensors)) {
      Map<String, double[]> results = new HashMap<>();
      for (String name : List.of("loss", "gradient")) {
        results.put(
            name, type == DataType.DOUBLE ? outputs.doubles(name) : doubles(outputs.floats(name)));
      }
      return results;
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(double[] contents, DataType type, long... shape) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(contents.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (double number : contents) {
      switch (type) {
        case FLOAT -> buffer.putFloat((float) number);
        case DOUBLE -> buffer.putDouble(number);
        case INT64 -> buffer.putLong((long) number);
        case UINT8, BOOL -> buffer.put((byte) number);
        case FLOAT16, BFLOAT16 -> throw new IllegalArgumentException("not in " + type);
      }
    }
    return OnnxSession.tensor(buffer.flip(), type, shape);
  }
}
