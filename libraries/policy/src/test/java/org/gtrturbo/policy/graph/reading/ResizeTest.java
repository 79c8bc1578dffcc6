package org.gtrturbo.policy.graph.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.TestTensors;
import org.gtrturbo.policy.graph.UncoveredOperatorException;
import org.gtrturbo.policy.graph.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever its attributes say, a resized tensor holds the very elements that ONNX Runtime picks
 * when it runs the file; or the node is refused by what it says.
 */
final class ResizeTest {
  private static final long[] SHAPE = {1, 2, 5, 7};
  private static final List<String> COORDINATES =
      List.of(
          "half_pixel",
          "pytorch_half_pixel",
          "half_pixel_symmetric",
          "asymmetric",
          "align_corners");
  private static final List<String> ROUNDINGS =
      List.of("round_prefer_floor", "round_prefer_ceil", "floor", "ceil");

  static Stream<Arguments> modes() {
    return COORDINATES.stream()
        .flatMap(
            coordinates -> ROUNDINGS.stream().map(nearest -> Arguments.of(coordinates, nearest)));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("modes")
  void scalesPickTheElementsThatOnnxRuntimePicks(String coordinates, String nearest) {
    for (double[] scales :
        new double[][] {
          {2, 3}, {1, 4}, {1.5, 2.5}, {0.5, 0.4}, {0.2, 1.1}, {2.6, 0.75}, {4 / 3.0, 4 / 3.0}
        }) {
      assertSameElements(
          resize(coordinates, nearest).without().floats(doubles(1, 1, scales[0], scales[1]), 4));
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("modes")
  void sizesPickTheElementsThatOnnxRuntimePicks(String coordinates, String nearest) {
    for (long[] sizes :
        new long[][] {{10, 21}, {11, 3}, {1, 7}, {8, 1}, {4, 6}, {2, 4}, {11, 38}}) {
      assertSameElements(
          resize(coordinates, nearest).without().without().integers(1, 2, sizes[0], sizes[1]));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stretch", "not_larger", "not_smaller"})
  void theAspectIsKeptAsOnnxRuntimeKeepsIt(String policy) {
    for (long[] sizes : new long[][] {{10, 21}, {12, 9}, {3, 7}, {3, 6}}) {
      assertSameElements(
          resize("half_pixel", "round_prefer_floor")
              .without()
              .without()
              .integers(sizes)
              .with("axes", new long[] {2, 3})
              .with("keep_aspect_ratio_policy", policy));
      assertSameElements(
          resize("asymmetric", "floor")
              .without()
              .without()
              .integers(1, 2, sizes[0], sizes[1])
              .with("keep_aspect_ratio_policy", policy));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 18, 21})
  void withoutAttributesItIsWhatTheStandardSays(int opset) {
    assertSameElements(
        NodeCase.of("Resize")
            .opset(opset)
            .input(SHAPE)
            .floats(new double[0], 0)
            .floats(doubles(1, 1, 1.5, 2), 4)
            .with("mode", "nearest"));
  }

  @ParameterizedTest
  @CsvSource({
    "mode, linear, it interpolates",
    "mode, cubic, it interpolates",
    "coordinate_transformation_mode, tf_crop_and_resize, cut by Slice",
    "coordinate_transformation_mode, tf_half_pixel_for_nn, export it with half_pixel",
    "nearest_mode, simple, export it with round_prefer_floor",
    "keep_aspect_ratio_policy, crop, 'export it with stretch, not_larger or not_smaller'",
    "antialias, 1, its antialias is set",
    "exclude_outside, 1, its exclude_outside is set",
  })
  void whatIsNotDoneIsRefusedWithTheWayRound(String attribute, String value, String reason) {
    Object given = Character.isDigit(value.charAt(0)) ? Integer.valueOf(value) : value;
    NodeCase file =
        NodeCase.of("Resize")
            .input(SHAPE)
            .without()
            .without()
            .integers(1, 2, 8, 9)
            .with("mode", "nearest")
            .with(attribute, given);

    assertRefused(file).hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource({"0, 'it resizes axis 3 by 0.0'", "-1, 'by -1.0'", "0.1, 'it resizes axis 3 by 0.1'"})
  void aScaleThatLeavesNothingIsRefused(double scale, String reason) {
    assertRefused(
            NodeCase.of("Resize")
                .input(SHAPE)
                .without()
                .floats(doubles(1, 1, 2, scale), 4)
                .with("mode", "nearest"))
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void neitherScalesNorSizesAreRefused(boolean isEmpty) {
    NodeCase file = NodeCase.of("Resize").input(SHAPE).with("mode", "nearest");
    if (isEmpty) {
      file.floats(new double[0], 0).floats(new double[0], 0);
    }

    assertRefused(file).hasMessageContaining("it has neither scales nor sizes");
  }

  private static NodeCase resize(String coordinates, String nearest) {
    return NodeCase.of("Resize", "from " + Arrays.toString(SHAPE))
        .opset(19)
        .input(SHAPE)
        .with("mode", "nearest")
        .with("coordinate_transformation_mode", coordinates)
        .with("nearest_mode", nearest);
  }

  private static double[] doubles(double... numbers) {
    return numbers;
  }

  private static AbstractThrowableAssert<?, ?> assertRefused(NodeCase file) {
    return assertThatThrownBy(() -> written(file))
        .isInstanceOf(UncoveredOperatorException.class)
        .hasMessageContaining("Resize (\"the Resize\", node 1 of 1)");
  }

  private static Graph written(NodeCase file) {
    Graph graph = new Graph(DataType.FLOAT);
    Value x = graph.input("x0", DataType.FLOAT, SHAPE);
    graph.output(
        "y0", OnnxGraphReader.read(file.file()).into(graph, Map.of("x0", x), Map.of()).get("y0"));
    return graph;
  }

  private static void assertSameElements(NodeCase file) {
    try (OnnxSession wanted = OnnxSession.open(file.file(), 1);
        OnnxSession found =
            OnnxSession.open(OnnxModel.write(written(file), "resized", Map.of()), 1)) {
      assertThat(run(found)).as(file.toString()).isEqualTo(run(wanted));
    }
  }

  private record Result(List<Long> shape, List<Double> elements) {}

  /** Every element is its own place. */
  private static Result run(OnnxSession session) {
    double[] places =
        IntStream.range(0, (int) Shape.of(SHAPE).elements()).asDoubleStream().toArray();
    try (OnnxTensor x = TestTensors.of(DataType.FLOAT, places, SHAPE);
        OnnxSession.Outputs outputs = session.run(Map.of("x0", x))) {
      OnnxTensor y = outputs.tensor("y0");
      return new Result(
          Arrays.stream(y.getInfo().getShape()).boxed().toList(),
          Arrays.stream(TestTensors.numbers(y)).boxed().toList());
    }
  }
}
