package org.gtrturbo.policy.graph.reading;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.gtrturbo.policy.graph.Value;

/** For each operator of ONNX files, how it is written into a graph by operators with gradients. */
final class ReadingRules {
  /** Writes one node. */
  @FunctionalInterface
  interface Rule {
    List<Operand> read(NodeReading node);
  }

  private static final Map<String, Rule> RULES = new TreeMap<>();

  private static final Map<String, String> WAYS_ROUND =
      Map.ofEntries(
          Map.entry("Loop", "export with a fixed number of steps, so that the loop is unrolled"),
          Map.entry("Scan", "export with a fixed number of steps, so that the loop is unrolled"),
          Map.entry("Attention", "export it with opset_version=21 or less, as MatMul and Softmax"),
          Map.entry("NonZero", "its result has a length known only when run; use a mask and Where"),
          Map.entry(
              "Compress", "its result has a length known only when run; use a mask and Where"),
          Map.entry("Unique", "compute it outside of the model"),
          Map.entry("NonMaxSuppression", "compute it outside of the model"),
          Map.entry("Atan", "express the angle by its sine and cosine in the model"),
          Map.entry("Asin", "express the angle by its sine and cosine in the model"),
          Map.entry("Acos", "express the angle by its sine and cosine in the model"),
          Map.entry("Det", "compute it by products and sums of elements in the model"),
          Map.entry(
              "GridSample", "use Resize by whole factors, or compute it outside of the model"),
          Map.entry("QuantizeLinear", "export the float32 model, before quantization"),
          Map.entry("DequantizeLinear", "export the float32 model, before quantization"),
          Map.entry("DynamicQuantizeLinear", "export the float32 model, before quantization"),
          Map.entry("RandomNormal", "give random numbers to the model as an input"),
          Map.entry("RandomNormalLike", "give random numbers to the model as an input"),
          Map.entry("RandomUniform", "give random numbers to the model as an input"),
          Map.entry("RandomUniformLike", "give random numbers to the model as an input"),
          Map.entry("Bernoulli", "give random numbers to the model as an input"),
          Map.entry("Multinomial", "leave sampling out of the model; export the logits"));

  static {
    RULES.putAll(ElementwiseReading.rules());
    RULES.putAll(ActivationReading.rules());
    RULES.putAll(ReductionReading.rules());
    RULES.putAll(LinearReading.rules());
    RULES.putAll(NormalizationReading.rules());
    RULES.putAll(ShapeReading.rules());
    RULES.putAll(CuttingReading.rules());
    RULES.putAll(IndexingReading.rules());
    RULES.putAll(WindowReading.rules());
    RULES.putAll(RecurrentReading.rules());
    RULES.putAll(ConstantReading.rules());
  }

  private ReadingRules() {}

  static List<Operand> read(NodeReading node) {
    Rule rule = RULES.get(node.node().operator());
    if (rule == null) {
      throw node.refused(wayRound(node.node().operator()));
    }
    return rule.read(node);
  }

  /** Names of the operators that are read. */
  static List<String> covered() {
    return List.copyOf(RULES.keySet());
  }

  /** What to do about some operators that are not read, by name. */
  static Map<String, String> waysRound() {
    return WAYS_ROUND;
  }

  /** A rule with one result. */
  static Rule single(Function<NodeReading, Value> rule) {
    return node -> List.of(Operand.of(rule.apply(node)));
  }

  private static String wayRound(String operator) {
    if (operator.contains(".")) {
      return "it is outside of the standard operators; export the model before any runtime's"
          + " optimizer rewrites it";
    }
    return WAYS_ROUND.getOrDefault(
        operator,
        "replace it in the model by covered operators (docs/operators.md lists them), or leave what"
            + " it computes out of the exported model");
  }
}
