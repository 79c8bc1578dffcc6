package org.gtrturbo.policy.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator's gradient against central finite differences in double precision, over random
 * shapes and contents.
 *
 * <p>Each case builds a tensor from its inputs; the scalar is that tensor's product with fixed
 * random numbers, so an error in any element shows.
 */
final class GradientsTest {
  private static final double STEP = 1e-6;

  /** Builds the tensor under test from the inputs. */
  interface Expression {
    Value build(Operators op, List<Value> inputs);
  }

  /**
   * @param low smallest number that inputs are drawn from
   */
  record Case(String name, double low, double high, List<long[]> shapes, Expression expression) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case of(String name, Expression expression, long[]... shapes) {
    return new Case(name, -2, 2, List.of(shapes), expression);
  }

  private static Case positive(String name, Expression expression, long[]... shapes) {
    return new Case(name, 0.5, 2, List.of(shapes), expression);
  }

  private static long[] s(long... shape) {
    return shape;
  }

  /** Random shapes of the seed: a full one and one that broadcasts to it. */
  static Stream<Arguments> cases() {
    return IntStream.range(0, 3)
        .boxed()
        .flatMap(seed -> casesOf(seed).map(each -> Arguments.of(each, seed)));
  }

  private static Stream<Case> casesOf(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long a = random.nextInt(1, 4);
    long b = random.nextInt(2, 5);
    long c = random.nextInt(2, 6);
    long[] full = s(a, b, c);
    return Stream.of(
        of("Cast", (op, in) -> op.cast(op.square(in.get(0)), DataType.DOUBLE), full),
        of("Add", (op, in) -> op.add(in.get(0), in.get(1)), full, full),
        of("Add broadcasting both", (op, in) -> op.add(in.get(0), in.get(1)), s(b, 1), s(a, 1, c)),
        of("Sub broadcasting", (op, in) -> op.subtract(in.get(0), in.get(1)), full, s(c)),
        of("Mul broadcasting", (op, in) -> op.multiply(in.get(0), in.get(1)), s(a, b, 1), full),
        of("Mul of a value with itself", (op, in) -> op.square(in.get(0)), full),
        positive("Div broadcasting", (op, in) -> op.divide(in.get(0), in.get(1)), full, s(b, 1)),
        of("Min", (op, in) -> op.minimum(in.get(0), in.get(1)), full, s(c)),
        of("Max", (op, in) -> op.maximum(in.get(0), in.get(1)), full, s(b, c)),
        of("clamp", (op, in) -> op.clamp(in.get(0), -0.5, 0.7), full),
        of("Neg", (op, in) -> op.negate(in.get(0)), full),
        of("Exp", (op, in) -> op.exp(in.get(0)), full),
        positive("Log", (op, in) -> op.log(in.get(0)), full),
        positive("Sqrt", (op, in) -> op.sqrt(in.get(0)), full),
        of("Tanh", (op, in) -> op.tanh(in.get(0)), full),
        of("Relu", (op, in) -> op.relu(in.get(0)), full),
        of(
            "Where",
            (op, in) -> op.where(op.greater(in.get(0), in.get(1)), op.square(in.get(0)), in.get(1)),
            full,
            s(c)),
        of("ReduceSum keeping", (op, in) -> op.reduceSum(in.get(0), true, 1), full),
        of("ReduceSum dropping", (op, in) -> op.reduceSum(in.get(0), false, 0, -1), full),
        of("ReduceMean keeping", (op, in) -> op.reduceMean(in.get(0), true, -1), full),
        of("ReduceMean dropping", (op, in) -> op.reduceMean(in.get(0), false, 1), full),
        of("mean", (op, in) -> op.mean(op.square(in.get(0))), full),
        of("MatMul matrix", (op, in) -> op.matMul(in.get(0), in.get(1)), full, s(c, b)),
        of("MatMul batched", (op, in) -> op.matMul(in.get(0), in.get(1)), full, s(a, c, 3)),
        of(
            "MatMul broadcasting",
            (op, in) -> op.matMul(in.get(0), in.get(1)),
            s(2, a, b, c),
            s(2, 1, c, b)),
        of("Softmax", (op, in) -> op.softmax(in.get(0)), full),
        of("LogSoftmax", (op, in) -> op.logSoftmax(in.get(0)), full),
        of(
            "LayerNormalization",
            (op, in) -> op.layerNormalization(in.get(0), in.get(1)),
            s(a, b, 5),
            s(5)),
        of(
            "RMS normalization",
            (op, in) -> op.rmsNormalization(in.get(0), in.get(1)),
            s(a, b, 5),
            s(5)),
        of("Reshape", (op, in) -> op.square(op.reshape(in.get(0), -1, c)), full),
        of(
            "Unsqueeze and Squeeze",
            (op, in) -> op.squeeze(op.square(op.unsqueeze(in.get(0), 1)), 1),
            full),
        of("Expand", (op, in) -> op.expand(in.get(0), a, b, c), s(b, 1)),
        of("Transpose", (op, in) -> op.square(op.transpose(in.get(0), 2, 0, 1)), full),
        of("Concat", (op, in) -> op.square(op.concat(1, in.get(0), in.get(1))), full, s(a, 2, c)),
        of(
            "Split, one part unused",
            (op, in) -> op.square(op.split(in.get(0), 2, 1, c - 1).get(1)),
            full),
        of("Slice in the middle", (op, in) -> op.square(op.slice(in.get(0), 1, 1, 2)), full),
        of("Slice from the front", (op, in) -> op.square(op.slice(in.get(0), 2, 0, 1)), full),
        of(
            "Gather with repeated rows",
            (op, in) -> op.square(op.gather(in.get(0), indices(op, 0, 1, 1, 0, 1))),
            s(b, c)),
        of(
            "GatherElements with repeated places",
            (op, in) -> op.gatherElements(op.square(in.get(0)), indices(op, 1, 1, 0)),
            s(c)));
  }

  private static Value indices(Operators op, double... numbers) {
    return op.graph().constant(DataType.INT64, numbers, numbers.length);
  }

  @ParameterizedTest(name = "{0}, seed {1}")
  @MethodSource("cases")
  void gradientsEqualFiniteDifferences(Case tested, int seed) {
    SplittableRandom random = new SplittableRandom(seed * 31L + tested.name().hashCode());
    List<double[]> contents = new ArrayList<>();
    for (long[] shape : tested.shapes()) {
      int elements = Math.toIntExact(Shape.of(shape).elements());
      contents.add(random.doubles(elements, tested.low(), tested.high()).toArray());
    }
    try (OnnxSession session = OnnxSession.open(model(tested, random), 1)) {
      Map<String, double[]> analytic = run(session, tested, contents);
      for (int input = 0; input < contents.size(); input++) {
        double[] gradient =
            Arrays.copyOf(analytic.get("gradient" + input), contents.get(input).length);
        for (int element = 0; element < gradient.length; element++) {
          double expected = difference(session, tested, contents, input, element);
          assertThat(gradient[element])
              .as("d/d input %d element %d", input, element)
              .isCloseTo(
                  expected, org.assertj.core.data.Offset.offset(1e-6 * (1 + Math.abs(expected))));
        }
      }
    }
  }

  private static byte[] model(Case tested, SplittableRandom random) {
    Graph graph = new Graph(DataType.DOUBLE);
    Operators op = graph.operators();
    List<Value> inputs = new ArrayList<>();
    for (int index = 0; index < tested.shapes().size(); index++) {
      inputs.add(graph.input("input" + index, DataType.DOUBLE, tested.shapes().get(index)));
    }
    Value result = tested.expression().build(op, inputs);
    long[] shape = result.shape().toArray();
    double[] weights = random.doubles(result.shape().elements(), -1, 1).toArray();
    Value scalar = op.sum(op.multiply(result, graph.constant(DataType.DOUBLE, weights, shape)));
    graph.output("scalar", scalar);
    List<Value> gradients = Gradients.of(graph, scalar, inputs);
    for (int index = 0; index < gradients.size(); index++) {
      assertThat(gradients.get(index).shape()).isEqualTo(inputs.get(index).shape());
      graph.output("gradient" + index, gradients.get(index));
    }
    return OnnxModel.write(graph, "check", Map.of());
  }

  private static double difference(
      OnnxSession session, Case tested, List<double[]> contents, int input, int element) {
    double original = contents.get(input)[element];
    contents.get(input)[element] = original + STEP;
    double above = run(session, tested, contents).get("scalar")[0];
    contents.get(input)[element] = original - STEP;
    double below = run(session, tested, contents).get("scalar")[0];
    contents.get(input)[element] = original;
    return (above - below) / (2 * STEP);
  }

  private static Map<String, double[]> run(
      OnnxSession session, Case tested, List<double[]> contents) {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    for (int index = 0; index < contents.size(); index++) {
      ByteBuffer buffer =
          ByteBuffer.allocateDirect(contents.get(index).length * Double.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN);
      buffer.asDoubleBuffer().put(contents.get(index));
      inputs.put(
          "input" + index, OnnxSession.tensor(buffer, DataType.DOUBLE, tested.shapes().get(index)));
    }
    try (OnnxSession.Outputs outputs = session.run(inputs)) {
      Map<String, double[]> results = new HashMap<>();
      results.put("scalar", outputs.doubles("scalar"));
      for (int index = 0; index < contents.size(); index++) {
        results.put("gradient" + index, outputs.doubles("gradient" + index));
      }
      return results;
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  @Test
  void everyRuleIsUnderTest() {
    List<String> tested = new ArrayList<>();
    for (Case each : casesOf(0).toList()) {
      Graph graph = new Graph(DataType.DOUBLE);
      List<Value> inputs = new ArrayList<>();
      for (long[] shape : each.shapes()) {
        inputs.add(graph.input("input" + inputs.size(), DataType.DOUBLE, shape));
      }
      each.expression().build(graph.operators(), inputs);
      graph.nodes().forEach(node -> tested.add(node.operator()));
    }
    tested.add("Identity");
    assertThat(tested).containsAll(GradientRules.covered());
  }

  @Test
  void anUncoveredOperatorIsRefusedByNameWithWhatIsCovered() {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value input = graph.input("x", DataType.FLOAT, 3);
    Value scalar = op.sum(op.cumulativeSum(input));

    assertThatThrownBy(() -> Gradients.of(graph, scalar, List.of(input)))
        .isInstanceOf(UncoveredOperatorException.class)
        .hasMessageContaining("CumSum")
        .hasMessageContaining("LayerNormalization");
  }

  @Test
  void aScalarThatDoesNotDependOnAValueIsRefused() {
    Graph graph = new Graph(DataType.FLOAT);
    Value used = graph.input("used", DataType.FLOAT, 3);
    Value unused = graph.input("unused", DataType.FLOAT, 3);
    Value scalar = graph.operators().sum(used);

    assertThatThrownBy(() -> Gradients.of(graph, scalar, List.of(unused)))
        .hasMessageContaining("does not depend on unused");
  }
}
