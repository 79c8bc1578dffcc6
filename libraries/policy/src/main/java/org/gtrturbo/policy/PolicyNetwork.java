package org.gtrturbo.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * What computes a policy, as nodes of a graph over its parameters. Scoring, training, export and
 * generation all go through it, so that none of them knows how a policy is built.
 *
 * <p>It has two forms over the same parameters: {@link #evaluate} over a whole known text, and
 * {@link #write} token by token.
 */
public sealed interface PolicyNetwork permits VisionLanguageModel, ImportedNetwork {

  /** Names and shapes of the parameters, and where each lies in the flat vector. */
  static ParameterLayout layout(PolicySpec spec) {
    return switch (spec.network()) {
      case PolicySpec.TransformerSpec _ -> VisionLanguageModel.layout(spec);
      case PolicySpec.ImportedSpec imported -> imported.model().layout();
    };
  }

  /**
   * The policy in {@code graph}.
   *
   * @param parameters by name, as {@link #layout} lists them
   */
  static PolicyNetwork of(PolicySpec spec, Graph graph, Map<String, Value> parameters) {
    return switch (spec.network()) {
      case PolicySpec.TransformerSpec _ -> new VisionLanguageModel(spec, graph, parameters);
      case PolicySpec.ImportedSpec imported ->
          new ImportedNetwork(spec, imported, graph, parameters);
    };
  }

  /** The policy whose parameters are slices of {@code flat}, a vector of the layout's size. */
  static PolicyNetwork over(PolicySpec spec, Graph graph, Value flat) {
    return of(spec, graph, slices(graph, flat, layout(spec)));
  }

  /** The parameters in {@code flat}, a vector of the layout's size, by name. */
  static Map<String, Value> slices(Graph graph, Value flat, ParameterLayout layout) {
    Operators op = graph.operators();
    List<Long> sizes = new ArrayList<>();
    layout.slots().forEach(slot -> sizes.add(slot.elements()));
    if (layout.filling() > 0) {
      sizes.add(layout.filling());
    }
    List<Value> parts = op.split(flat, 0, sizes.stream().mapToLong(Long::longValue).toArray());
    Map<String, Value> parameters = new LinkedHashMap<>();
    // Last first, for the gradients' order: ONNX Runtime begins with what was written last, and so
    // takes the gradients of the last layer's weights before it goes on to the layers below, while
    // what they are made of is still in the cache, and then frees it.
    for (int index = layout.slots().size() - 1; index >= 0; index--) {
      ParameterLayout.Slot slot = layout.slots().get(index);
      parameters.put(slot.name(), op.reshape(parts.get(index), slot.shape()));
    }
    return parameters;
  }

  /**
   * Evaluates known texts.
   *
   * @param pixels uint8 (N, height, width, channels)
   * @param prompt int64 (N, Q)
   * @param generated int64 (N, G), padded; G is static
   */
  Evaluation evaluate(Value pixels, Value prompt, Value generated);

  /**
   * @param logits (N, G, V), the distribution of each generated token given those before it
   * @param value (N), of the observation
   */
  record Evaluation(Value logits, Value value) {}

  /**
   * Reads the context of texts that are still to be written.
   *
   * @param pixels uint8 (N, height, width, channels)
   * @param prompt int64 (N, Q)
   */
  Writing write(Value pixels, Value prompt);

  /** Texts being written token by token, with whatever a network remembers of them. */
  interface Writing {
    /** (N, V), of the first token. */
    Value logits();

    /** (N), of the observation. */
    Value value();

    /**
     * What is remembered before the first token; handed from token to token.
     *
     * @param graph the network's
     */
    List<Value> state(Graph graph);

    /** Shapes of the state that hold at every token. */
    List<Shape> stateShapes();

    /**
     * One token further.
     *
     * @param body the graph that the nodes go to: this network's, or a body within it
     * @param place int64 of rank 0, how many tokens stand before {@code token}
     * @param token int64 (N), the token drawn last
     */
    Next next(Graph body, Value place, Value token, List<Value> state);

    /**
     * @param logits (N, V) of the token after
     */
    record Next(Value logits, List<Value> state) {
      public Next {
        state = List.copyOf(state);
      }
    }
  }

  /** Inputs of a graph over observations of a batch known only at run time. */
  record ObservationInputs(Value pixels, Value prompt) {
    static ObservationInputs in(Graph graph, PolicySpec spec) {
      PolicySpec.PictureSpec picture = spec.picture();
      return new ObservationInputs(
          graph.input(
              "pixels",
              DataType.UINT8,
              Shape.DYNAMIC,
              picture.height(),
              picture.width(),
              picture.channels()),
          graph.input("prompt", DataType.INT64, Shape.DYNAMIC, spec.text().promptTokens()));
    }
  }
}
