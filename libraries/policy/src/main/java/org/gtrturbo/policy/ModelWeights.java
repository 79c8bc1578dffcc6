package org.gtrturbo.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.TransformerOperators;
import org.gtrturbo.policy.graph.Value;

/**
 * A {@link VisionLanguageModel}'s weights as its products take them. The scale of a norm stands in
 * the rows of the weights behind it, which are so much smaller than what they are multiplied with.
 *
 * @param parameters by name, as they are learnt
 * @param blocks by layer
 * @param head (D, V), after the last norm
 * @param valueHidden (D, D), after the last norm
 */
record ModelWeights(
    Map<String, Value> parameters, List<Block> blocks, Value head, Value valueHidden) {

  /**
   * @param queryKeyValue (D, 3 D), after the norm
   * @param output (D, D)
   * @param expand (D, hidden), after the norm
   * @param contract (hidden, D)
   */
  record Block(Value queryKeyValue, Value output, Value expand, Value contract) {}

  /** Adds what has to be computed to {@code graph}. */
  static ModelWeights of(PolicySpec spec, Graph graph, Map<String, Value> parameters) {
    TransformerOperators transformer = new TransformerOperators(graph);
    List<Block> blocks = new ArrayList<>();
    for (int layer = 0; layer < spec.transformer().layers(); layer++) {
      blocks.add(block(graph, parameters, "block." + layer + "."));
    }
    Value scale = named(parameters, "norm");
    return new ModelWeights(
        parameters,
        blocks,
        transformer.scaledRows(named(parameters, "head.weight"), scale),
        transformer.scaledRows(named(parameters, "value.hidden"), scale));
  }

  private static Block block(Graph graph, Map<String, Value> parameters, String block) {
    TransformerOperators transformer = new TransformerOperators(graph);
    return new Block(
        transformer.scaledRows(
            named(parameters, block + "attention.queryKeyValue"),
            named(parameters, block + "attention.norm")),
        named(parameters, block + "attention.output"),
        transformer.scaledRows(
            named(parameters, block + "mlp.expand"), named(parameters, block + "mlp.norm")),
        named(parameters, block + "mlp.contract"));
  }

  Block block(int layer) {
    return blocks.get(layer);
  }

  Value parameter(String name) {
    return named(parameters, name);
  }

  private static Value named(Map<String, Value> parameters, String name) {
    Value parameter = parameters.get(name);
    if (parameter == null) {
      throw new IllegalArgumentException("the policy has no parameter " + name);
    }
    return parameter;
  }
}
