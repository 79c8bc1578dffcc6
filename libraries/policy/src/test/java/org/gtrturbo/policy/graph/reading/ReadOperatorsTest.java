package org.gtrturbo.policy.graph.reading;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.TestGraphs;
import org.gtrturbo.policy.graph.TestTensors;
import org.gtrturbo.policy.graph.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operator that is read from files, over random shapes and numbers: results equal those of
 * ONNX Runtime running the file itself; gradients in double equal central finite differences;
 * gradients in float equal those in double.
 */
@Execution(ExecutionMode.CONCURRENT)
final class ReadOperatorsTest {
  private static final double STEP = 1e-6;
  private static final int SEEDS = 2;

  static Stream<Arguments> cases() {
    return IntStream.range(0, SEEDS)
        .boxed()
        .flatMap(
            seed ->
                OperatorCases.of(new SplittableRandom(seed)).stream()
                    .map(each -> Arguments.of(each, seed)));
  }

  static Stream<Arguments> casesWithGradients() {
    return cases().filter(each -> ((NodeCase) each.get()[0]).flows());
  }

  static Stream<Arguments> casesWithoutGradients() {
    return cases().filter(each -> !((NodeCase) each.get()[0]).flows());
  }

  @ParameterizedTest(name = "{0}, seed {1}")
  @MethodSource("casesWithoutGradients")
  void resultsEqualThoseOfTheFileItself(NodeCase tested, int seed) {
    Map<String, double[]> inputs = inputs(tested, seed);
    try (Training found = new Training(tested, DataType.FLOAT, seed, false)) {
      assertResultsAreThoseOfTheFile(tested, inputs, found.run(inputs));
    }
  }

  @ParameterizedTest(name = "{0}, seed {1}")
  @MethodSource("casesWithGradients")
  void resultsEqualThoseOfTheFileAndGradientsEqualFiniteDifferences(NodeCase tested, int seed) {
    Map<String, double[]> inputs = inputs(tested, seed);
    try (Training exact = new Training(tested, DataType.DOUBLE, seed, true);
        Weighed weighed = new Weighed(tested, seed, inputs);
        Training single = new Training(tested, DataType.FLOAT, seed, true)) {
      Map<String, double[]> wanted = exact.run(inputs);
      Map<String, double[]> found = single.run(inputs);
      assertResultsAreThoseOfTheFile(tested, inputs, found);
      for (String input : tested.inputNames()) {
        assertGradientIsTheFiniteDifference(weighed, input, wanted.get("d" + input));
        close("d" + input, found.get("d" + input), wanted.get("d" + input), 1e-4);
      }
    }
  }

  private static void assertResultsAreThoseOfTheFile(
      NodeCase tested, Map<String, double[]> inputs, Map<String, double[]> found) {
    Map<String, double[]> wanted = runFile(tested, inputs);
    for (int output = 0; output < tested.outputs(); output++) {
      close("y" + output, found.get("y" + output), wanted.get("y" + output), 2e-5);
    }
  }

  private static void assertGradientIsTheFiniteDifference(
      Weighed weighed, String input, double[] gradient) {
    for (int element = 0; element < gradient.length; element++) {
      double wanted = weighed.difference(input, element);
      assertThat(gradient[element])
          .as("gradient of %s at %d", input, element)
          .isCloseTo(wanted, Offset.offset(2e-6 * (1 + Math.abs(wanted))));
    }
  }

  @Test
  void everyOperatorThatIsReadIsUnderTest() {
    Set<String> tested = new TreeSet<>();
    OperatorCases.of(new SplittableRandom(0)).forEach(each -> tested.add(each.operator()));
    tested.addAll(OperatorCases.TESTED_ELSEWHERE);
    assertThat(tested).containsExactlyElementsOf(ReadingRules.covered());
  }

  @Test
  void everyGradientRuleIsUnderTest() {
    Set<String> used = new HashSet<>(TestGraphs.operatorsUnderTest());
    for (NodeCase each : OperatorCases.of(new SplittableRandom(0))) {
      if (each.flows()) {
        Graph graph = new Graph(DataType.FLOAT);
        emit(each, graph);
        used.addAll(TestGraphs.operators(graph));
      }
    }
    assertThat(used).containsAll(TestGraphs.differentiable());
  }

  private static Map<String, double[]> inputs(NodeCase tested, int seed) {
    SplittableRandom random = new SplittableRandom(31L * seed + tested.toString().hashCode());
    Map<String, double[]> inputs = new HashMap<>();
    for (String name : tested.inputNames()) {
      double[] numbers = tested.draw(name, random);
      // What float32 holds exactly, so that the file and both graphs see the same numbers.
      for (int index = 0; index < numbers.length; index++) {
        numbers[index] = (float) numbers[index];
      }
      inputs.put(name, numbers);
    }
    return inputs;
  }

  private static Map<String, Value> emit(NodeCase tested, Graph graph) {
    ImportedGraph imported = OnnxGraphReader.read(tested.file());
    Map<String, Value> given = new HashMap<>();
    for (String name : tested.inputNames()) {
      given.put(name, graph.input(name, graph.floatType(), tested.shape(name)));
    }
    return imported.into(graph, given, Map.of());
  }

  private static Map<String, double[]> runFile(NodeCase tested, Map<String, double[]> inputs) {
    Map<String, OnnxTensor> tensors = new HashMap<>();
    inputs.forEach(
        (name, numbers) ->
            tensors.put(name, TestTensors.of(DataType.FLOAT, numbers, tested.shape(name))));
    try (OnnxSession session = OnnxSession.open(tested.file(), 1);
        OnnxSession.Outputs outputs = session.run(tensors)) {
      Map<String, double[]> results = new HashMap<>();
      for (int output = 0; output < tested.outputs(); output++) {
        results.put("y" + output, TestTensors.numbers(outputs.tensor("y" + output)));
      }
      return results;
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  /** Close beside the largest of the tensor. */
  private static void close(String name, double[] found, double[] wanted, double tolerance) {
    assertThat(found).as(name).hasSameSizeAs(wanted);
    double size = 1e-3;
    for (double number : wanted) {
      size = Double.isFinite(number) ? Math.max(size, Math.abs(number)) : size;
    }
    for (int index = 0; index < wanted.length; index++) {
      if (Double.isFinite(wanted[index])) {
        assertThat(found[index])
            .as("%s at %d", name, index)
            .isCloseTo(wanted[index], Offset.offset(tolerance * size));
      } else {
        assertThat(found[index]).as("%s at %d", name, index).isEqualTo(wanted[index]);
      }
    }
  }

  /** The sum of all outputs times random numbers, which the seed decides. */
  private static Value weighedSum(
      Graph graph, Map<String, Value> outputs, SplittableRandom random) {
    Operators op = graph.operators();
    return outputs.values().stream()
        .filter(value -> value.type().isFloating())
        .map(value -> op.sum(op.multiply(value, weights(graph, value, random))))
        .reduce(op::add)
        .orElseThrow();
  }

  private static Value weights(Graph graph, Value value, SplittableRandom random) {
    double[] weights = random.doubles(value.shape().elements(), -1, 1).toArray();
    return graph.constant(graph.floatType(), weights, value.shape().toArray());
  }

  /** A case written into a graph, with the gradient of its outputs times random numbers. */
  private static final class Training implements AutoCloseable {
    private final NodeCase tested;
    private final DataType type;
    private final OnnxSession session;
    private final List<String> names = new ArrayList<>();

    Training(NodeCase tested, DataType type, int seed, boolean differentiated) {
      this.tested = tested;
      this.type = type;
      Graph graph = new Graph(type);
      Map<String, Value> outputs = emit(tested, graph);
      outputs.forEach(
          (name, value) -> {
            graph.output(name, value.type() == DataType.BOOL ? asFloat(graph, value) : value);
            names.add(name);
          });
      if (differentiated) {
        differentiate(graph, outputs, new SplittableRandom(seed));
      }
      session = OnnxSession.open(OnnxModel.write(graph, "case", Map.of()), 1);
    }

    private static Value asFloat(Graph graph, Value value) {
      return graph.operators().cast(value, graph.floatType());
    }

    private void differentiate(Graph graph, Map<String, Value> outputs, SplittableRandom random) {
      Value scalar = weighedSum(graph, outputs, random);
      graph.output("scalar", scalar);
      names.add("scalar");
      Map<String, Value> inputs = new HashMap<>();
      graph.inputs().forEach(input -> inputs.put(input.name(), input));
      for (String name : tested.inputNames()) {
        Value gradient = Gradients.of(graph, scalar, List.of(inputs.get(name))).getFirst();
        assertThat(gradient.shape()).isEqualTo(inputs.get(name).shape());
        graph.output("d" + name, gradient);
        names.add("d" + name);
      }
    }

    Map<String, double[]> run(Map<String, double[]> inputs) {
      Map<String, OnnxTensor> tensors = new HashMap<>();
      inputs.forEach(
          (name, numbers) -> tensors.put(name, TestTensors.of(type, numbers, tested.shape(name))));
      try (OnnxSession.Outputs outputs = session.run(tensors)) {
        Map<String, double[]> results = new HashMap<>();
        names.forEach(name -> results.put(name, TestTensors.numbers(outputs.tensor(name))));
        return results;
      } finally {
        tensors.values().forEach(OnnxTensor::close);
      }
    }

    @Override
    public void close() {
      session.close();
    }
  }

  /**
   * A case written into a graph in double, with nothing but the sum of its outputs times the same
   * random numbers: it runs twice for every number of every input.
   */
  private static final class Weighed implements AutoCloseable {
    private final NodeCase tested;
    private final OnnxSession session;
    private final Map<String, ByteBuffer> inputs = new HashMap<>();

    Weighed(NodeCase tested, int seed, Map<String, double[]> inputs) {
      this.tested = tested;
      Graph graph = new Graph(DataType.DOUBLE);
      graph.output("scalar", weighedSum(graph, emit(tested, graph), new SplittableRandom(seed)));
      session = OnnxSession.open(OnnxModel.write(graph, "case", Map.of()), 1);
      inputs.forEach((name, numbers) -> this.inputs.put(name, contents(numbers)));
    }

    private static ByteBuffer contents(double[] numbers) {
      ByteBuffer contents =
          ByteBuffer.allocateDirect(numbers.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      contents.asDoubleBuffer().put(numbers);
      return contents;
    }

    /** The central difference by one number of one input. */
    double difference(String input, int element) {
      ByteBuffer contents = inputs.get(input);
      int place = element * Double.BYTES;
      double original = contents.getDouble(place);
      contents.putDouble(place, original + STEP);
      double above = sum();
      contents.putDouble(place, original - STEP);
      double below = sum();
      contents.putDouble(place, original);
      return (above - below) / (2 * STEP);
    }

    private double sum() {
      Map<String, OnnxTensor> tensors = new HashMap<>();
      inputs.forEach(
          (name, contents) ->
              tensors.put(name, OnnxSession.tensor(contents, DataType.DOUBLE, tested.shape(name))));
      try (OnnxSession.Outputs outputs = session.run(tensors)) {
        return outputs.doubles("scalar")[0];
      } finally {
        tensors.values().forEach(OnnxTensor::close);
      }
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
