package org.gtrturbo.policy.graph.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.DataType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole policies exported from PyTorch give PyTorch's outputs and gradients: a transformer decoder
 * with a fixed mask and with the nodes of scaled_dot_product_attention, one with rotary positions
 * and grouped queries, a convolutional policy, two recurrent ones, a vision transformer.
 */
final class GoldenModelsTest {

  static List<String> models() {
    return List.of(
        "decoder",
        "decoder_folded",
        "decoder_sdpa",
        "llama",
        "cnn",
        "gru",
        "lstm",
        "lstm_folded",
        "vit");
  }

  @ParameterizedTest
  @MethodSource("models")
  void outputsAndGradientsInDoubleAreThoseOfPyTorch(String name) {
    check(GoldenModel.named(name), DataType.DOUBLE, false, 1e-10);
  }

  @ParameterizedTest
  @MethodSource("models")
  void outputsAndGradientsInFloatAreCloseToThoseInDouble(String name) {
    check(GoldenModel.named(name), DataType.FLOAT, false, 1e-4);
  }

  @ParameterizedTest
  @CsvSource({"decoder", "decoder_sdpa", "llama", "cnn", "gru", "lstm", "vit"})
  void aBatchKnownOnlyWhenRunChangesNothing(String name) {
    check(GoldenModel.named(name), DataType.DOUBLE, true, 1e-10);
  }

  private static void check(
      GoldenModel golden, DataType type, boolean isBatchDynamic, double tolerance) {
    Map<String, double[]> results = golden.run(type, isBatchDynamic);
    assertThat(golden.gradients()).isNotEmpty();
    golden
        .outputs()
        .forEach((name, wanted) -> close(name, results.get(name), wanted.numbers(), tolerance));
    golden
        .gradients()
        .forEach(
            (name, wanted) ->
                close(
                    "gradient of " + name,
                    results.get("gradient of " + name),
                    wanted.numbers(),
                    tolerance));
  }

  /** The distance relative to the size, over the whole tensor. */
  private static void close(String name, double[] found, double[] wanted, double tolerance) {
    assertThat(found).as(name).hasSameSizeAs(wanted);
    double error = 0;
    double size = 0;
    for (int index = 0; index < wanted.length; index++) {
      error += Math.pow(found[index] - wanted[index], 2);
      size += Math.pow(wanted[index], 2);
    }
    assertThat(Math.sqrt(error)).as(name).isLessThanOrEqualTo(tolerance * Math.sqrt(size));
  }
}
