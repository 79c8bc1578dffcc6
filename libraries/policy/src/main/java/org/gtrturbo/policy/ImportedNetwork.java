package org.gtrturbo.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.graph.reading.ImportedGraph;

/**
 * A network that was exported elsewhere.
 *
 * <p>It knows whole texts only. To write, what does not depend on the text (the picture and the
 * prompt, as a rule) is computed once, and the rest again for every token, over all places.
 */
final class ImportedNetwork implements PolicyNetwork {
  private final PolicySpec spec;
  private final PolicySpec.ImportedSpec imported;
  private final Graph graph;
  private final Operators op;
  private final Map<String, Value> parameters;

  /**
   * @param parameters by name, as the model's layout lists them
   */
  ImportedNetwork(
      PolicySpec spec,
      PolicySpec.ImportedSpec imported,
      Graph graph,
      Map<String, Value> parameters) {
    this.spec = spec;
    this.imported = imported;
    this.graph = graph;
    this.op = graph.operators();
    this.parameters = parameters;
  }

  @Override
  public Evaluation evaluate(Value pixels, Value prompt, Value generated) {
    Map<String, Value> inputs = context(pixels, prompt);
    inputs.put(imported.ports().inputs().generated(), wholeLength(generated));
    Map<String, Value> outputs = imported.model().graph().into(graph, inputs, Map.of());
    Value logits = output(outputs, imported.ports().outputs().logits());
    return new Evaluation(distributions(op, logits, generated), value(outputs));
  }

  /** The value output as (N). */
  Value value(Map<String, Value> outputs) {
    return op.reshape(output(outputs, imported.ports().outputs().value()), -1);
  }

  static Value output(Map<String, Value> outputs, String name) {
    Value output = outputs.get(name);
    if (output == null) {
      throw new IllegalArgumentException("the model has no output " + name);
    }
    return output;
  }

  /** Logits of the places that {@code generated} has: (N, G, V). */
  Value distributions(Operators in, Value logits, Value generated) {
    long places = generated.shape().at(1);
    requireWords(logits.shape());
    Value whole = in.reshape(logits, -1, length(places), spec.vocabularySize());
    return length(places) == places ? whole : in.slice(whole, 1, 0, places);
  }

  private void requireWords(Shape logits) {
    boolean words =
        logits.rank() == 3
            && (logits.at(2) == Shape.DYNAMIC || logits.at(2) == spec.vocabularySize());
    if (!words) {
      throw new IllegalArgumentException(
          "the logits have the shape "
              + logits
              + ", those of the "
              + spec.vocabularySize()
              + " words in policy.json would have (N, G, "
              + spec.vocabularySize()
              + ")");
    }
  }

  /** The inputs that do not depend on the text, parameters among them. */
  Map<String, Value> context(Value pixels, Value prompt) {
    Map<String, Value> inputs = new HashMap<>(parameters);
    inputs.put(imported.ports().inputs().pixels(), picture(pixels));
    inputs.put(imported.ports().inputs().prompt(), prompt);
    return inputs;
  }

  @Override
  public Writing write(Value pixels, Value prompt) {
    return RereadWriting.begin(this, spec, imported, graph, pixels, prompt);
  }

  /** {@code generated} padded where the network wants all places. */
  private Value wholeLength(Value generated) {
    long places = generated.shape().at(1);
    long missing = length(places) - places;
    return missing == 0 ? generated : op.concat(1, generated, blank(graph, generated, missing));
  }

  /** Padding of (N, {@code places}), where N is the first dimension of some integers. */
  static Value blank(Graph graph, Value integers, long places) {
    Operators op = graph.operators();
    Value none = op.multiply(op.slice(integers, 1, 0, 1), graph.integer(0));
    return op.add(
        none, graph.constant(DataType.INT64, new double[Math.toIntExact(places)], 1, places));
  }

  private long length(long places) {
    long fixed = port(imported.ports().inputs().generated()).shape().at(1);
    return fixed == Shape.DYNAMIC ? places : fixed;
  }

  /** The picture in the type and the order of axes that the network wants. */
  private Value picture(Value pixels) {
    ImportedGraph.Port port = port(imported.ports().inputs().pixels());
    Value ordered = channelsFirst(port, spec.picture()) ? op.transpose(pixels, 0, 3, 1, 2) : pixels;
    return port.type().isFloating()
        ? op.multiply(op.cast(ordered, graph.floatType()), 1.0 / 255)
        : ordered;
  }

  /**
   * Whether an input of rank 4 wants (N, channels, height, width): where its dimensions leave it
   * open, floats do and bytes do not.
   */
  static boolean channelsFirst(ImportedGraph.Port port, PolicySpec.PictureSpec picture) {
    boolean first = fits(port, picture.channels(), picture.height(), picture.width());
    boolean last = fits(port, picture.height(), picture.width(), picture.channels());
    return first && (!last || port.type().isFloating());
  }

  static boolean fits(ImportedGraph.Port port, long... dimensions) {
    for (int axis = 0; axis < dimensions.length; axis++) {
      long own = port.shape().at(axis + 1);
      if (own != Shape.DYNAMIC && own != dimensions[axis]) {
        return false;
      }
    }
    return true;
  }

  private ImportedGraph.Port port(String name) {
    List<ImportedGraph.Port> ports = imported.model().graph().inputs();
    return ports.stream().filter(port -> port.name().equals(name)).findFirst().orElseThrow();
  }
}
