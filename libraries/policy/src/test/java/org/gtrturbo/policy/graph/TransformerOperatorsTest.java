package org.gtrturbo.policy.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BinaryOperator;
import org.assertj.core.api.ThrowingConsumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Gradients that are written otherwise for large operands and for float32 than finite differences
 * of small ones in double precision would see.
 */
final class TransformerOperatorsTest {

  @ParameterizedTest(name = "({0}, {1}) times ({1}, {2})")
  @CsvSource({"20, 3, 5", "20, 5, 3", "1100, 3, 5", "1100, 5, 3", "1100, 70, 66", "1100, 66, 70"})
  void theGradientOfWeightsIsTheTurnedRowsTimesTheGradientOfTheProduct(int rows, int k, int c) {
    float[] left = numbers(1, rows * k);
    float[] weights = numbers(2, k * c);
    float[] pulled = numbers(3, rows * c);
    var product = gradientOf(left, weights, pulled, new int[] {rows, k, c}, false);

    assertThat(product).hasSize(k * c);
    for (int row = 0; row < k; row++) {
      for (int column = 0; column < c; column++) {
        double sum = 0;
        for (int place = 0; place < rows; place++) {
          sum += (double) left[place * k + row] * pulled[place * c + column];
        }
        assertThat(product[row * c + column]).isCloseTo((float) sum, Offset.offset(1e-3f));
      }
    }
  }

  @ParameterizedTest(name = "{0} rows")
  @CsvSource({"24", "1200"})
  void cutIntoHeadsAndJoinedAgainAProductIsThatOfTheWhole(int rows) {
    float[] left = numbers(1, rows * 6);
    float[] weights = numbers(2, 6 * 6);
    float[] pulled = numbers(3, rows * 6);
    int[] sizes = {rows, 6, 6};

    float[] whole = gradientOf(left, weights, pulled, sizes, false);
    float[] headed = gradientOf(left, weights, pulled, sizes, true);

    // Over heads and back by the identity: the product, and so its gradient, is the same.
    assertThat(headed).satisfies(isNear(whole, 1e-3f));
  }

  @ParameterizedTest(name = "{0} rows")
  @CsvSource({"24", "1200"})
  void weightsSideBySideAreMultipliedAsEachWouldBeAlone(int rows) {
    Map<String, float[]> inputs =
        Map.of(
            "rows", numbers(1, rows * 6),
            "weights", numbers(2, 6 * 12),
            "pulled", numbers(3, rows * 6));
    for (String operand : List.of("rows", "weights")) {
      assertThat(headsGradient(inputs, rows, operand, true))
          .as(operand)
          .satisfies(isNear(headsGradient(inputs, rows, operand, false), 1e-3f));
    }
  }

  /** Of Σ pulled · (first − 2 second) for two products of two heads by one of their operands. */
  private static float[] headsGradient(
      Map<String, float[]> inputs, int rows, String operand, boolean together) {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    TransformerOperators transformer = new TransformerOperators(graph);
    Value left = graph.input("rows", DataType.FLOAT, rows, 6);
    Value weights = graph.input("weights", DataType.FLOAT, 6, 12);
    Value pulled = graph.input("pulled", DataType.FLOAT, rows, 6);
    List<Value> products =
        together
            ? transformer.productsOfHeads(left, weights, 2, 2, 4)
            : op.split(weights, 1, 6, 6).stream()
                .map(part -> transformer.productOfHeads(left, part, 2, 4))
                .toList();
    Value joined = op.subtract(products.get(0), op.multiply(products.get(1), 2));
    Value sum = op.sum(op.multiply(joined, op.reshape(pulled, 2, -1, 4, 3)));
    Value by = Map.of("rows", left, "weights", weights).get(operand);
    graph.output("gradient", Gradients.of(graph, sum, List.of(by)).getFirst());
    return run(graph, inputs);
  }

  @Test
  void fewRowsAreNormalisedAsManyAre() {
    float[] numbers = numbers(1, 1200 * 6);
    float[] pulled = numbers(2, 1200 * 6);

    float[] many = normalGradient(numbers, pulled, 1200);
    float[] few = normalGradient(Arrays.copyOf(numbers, 60), Arrays.copyOf(pulled, 60), 10);

    assertThat(few).satisfies(isNear(Arrays.copyOf(many, 60), 1e-5f));
  }

  /** Of Σ pulled · normalise(rows) by the rows. */
  private static float[] normalGradient(float[] numbers, float[] pulled, int rows) {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value value = graph.input("value", DataType.FLOAT, rows, 6);
    Value weighed = graph.input("pulled", DataType.FLOAT, rows, 6);
    Value normal = new TransformerOperators(graph).normalise(value);
    Value sum = op.sum(op.multiply(normal, weighed));
    graph.output("gradient", Gradients.of(graph, sum, List.of(value)).getFirst());
    return run(graph, Map.of("value", numbers, "pulled", pulled));
  }

  @Test
  void aReluLetsTheGradientThroughWhereverItsResultIsANormalNumber() {
    Graph graph = new Graph(DataType.FLOAT);
    Value value = graph.input("value", DataType.FLOAT, 5);
    Value opened = new TransformerOperators(graph).relu(value);
    Value sum = graph.operators().sum(graph.operators().multiply(opened, 3));
    graph.output("gradient", Gradients.of(graph, sum, List.of(value)).getFirst());

    float[] gradient =
        run(graph, Map.of("value", new float[] {-2, 0, Float.MIN_NORMAL, 0.5f, 1e30f}));

    assertThat(gradient).containsExactly(0, 0, 3, 3, 3);
  }

  @ParameterizedTest(name = "{0} texts over {1} keys")
  @CsvSource({"3, 5", "3, 63", "3, 64", "3, 80", "300, 5", "300, 64"})
  void theGradientOfAttentionIsThatOfItsNodesOneByOne(int texts, int keys) {
    Map<String, float[]> inputs =
        Map.of(
            "query", numbers(1, 2 * texts * 4 * 3),
            "key", numbers(2, 2 * texts * keys * 3),
            "value", numbers(3, 2 * texts * keys * 3),
            "mask", numbers(4, 4 * keys),
            "pulled", numbers(5, 2 * texts * 4 * 3));

    for (String operand : List.of("query", "key", "value")) {
      assertThat(attentionGradient(inputs, texts, keys, operand, true))
          .as(operand)
          .satisfies(isNear(attentionGradient(inputs, texts, keys, operand, false), 2e-5f));
    }
  }

  /** Of Σ pulled · attention by one of its operands. */
  private static float[] attentionGradient(
      Map<String, float[]> inputs, int texts, int keys, String operand, boolean isWhole) {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value query = graph.input("query", DataType.FLOAT, 2, texts, 4, 3);
    Value key = graph.input("key", DataType.FLOAT, 2, texts, keys, 3);
    Value value = graph.input("value", DataType.FLOAT, 2, texts, keys, 3);
    Value mask = graph.input("mask", DataType.FLOAT, 4, keys);
    Value pulled = graph.input("pulled", DataType.FLOAT, 2, texts, 4, 3);
    Value scores = op.multiply(op.matMul(query, op.transposeLast(key)), 1 / Math.sqrt(3));
    Value attended =
        isWhole
            ? new TransformerOperators(graph).attention(query, key, value, mask)
            : op.matMul(op.softmax(op.add(scores, mask)), value);
    Value sum = op.sum(op.multiply(attended, pulled));
    Value by = Map.of("query", query, "key", key, "value", value).get(operand);
    graph.output("gradient", Gradients.of(graph, sum, List.of(by)).getFirst());
    return run(graph, inputs);
  }

  /** Of Σ pulled · product by the weights. */
  private static float[] gradientOf(
      float[] left, float[] weights, float[] pulled, int[] sizes, boolean inHeads) {
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    TransformerOperators transformer = new TransformerOperators(graph);
    Value rows = graph.input("rows", DataType.FLOAT, sizes[0], sizes[1]);
    Value learnt = graph.input("weights", DataType.FLOAT, sizes[1], sizes[2]);
    Value weighed = graph.input("pulled", DataType.FLOAT, sizes[0], sizes[2]);
    BinaryOperator<Value> multiplied =
        inHeads
            ? (each, by) ->
                transformer.productOverHeads(
                    transformer.productOfHeads(each, by, 2, 4), identity(graph, sizes[2]))
            : transformer::product;
    Value sum = op.sum(op.multiply(multiplied.apply(rows, learnt), weighed));
    graph.output("gradient", Gradients.of(graph, sum, List.of(learnt)).getFirst());
    return run(graph, Map.of("rows", left, "weights", weights, "pulled", pulled));
  }

  private static Value identity(Graph graph, int size) {
    double[] ones = new double[size * size];
    for (int place = 0; place < size; place++) {
      ones[place * size + place] = 1;
    }
    return graph.constant(DataType.FLOAT, ones, size, size);
  }

  private static float[] run(Graph graph, Map<String, float[]> inputs) {
    try (OnnxSession session = OnnxSession.open(OnnxModel.write(graph, "gradient", Map.of()), 1)) {
      Map<String, OnnxTensor> tensors = new HashMap<>();
      for (Value input : graph.inputs()) {
        tensors.put(input.name(), tensor(inputs.get(input.name()), input.shape().toArray()));
      }
      try (OnnxSession.Outputs outputs = session.run(tensors)) {
        return outputs.floats("gradient");
      } finally {
        tensors.values().forEach(OnnxTensor::close);
      }
    }
  }

  private static OnnxTensor tensor(float[] numbers, long[] shape) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(numbers);
    return OnnxSession.tensor(buffer, DataType.FLOAT, shape);
  }

  /** Each number within {@code most} of the expected one; quick where there are many. */
  private static ThrowingConsumer<float[]> isNear(float[] expected, float most) {
    return numbers -> {
      assertThat(numbers).hasSameSizeAs(expected);
      for (int index = 0; index < numbers.length; index++) {
        if (!(Math.abs(numbers[index] - expected[index]) <= most)) {
          assertThat(numbers[index])
              .as("at " + index)
              .isCloseTo(expected[index], Offset.offset(most));
        }
      }
    };
  }

  private static float[] numbers(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int index = 0; index < count; index++) {
      numbers[index] = (float) random.nextGaussian();
    }
    return numbers;
  }
}
