package org.gtrturbo.policy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * Texts that an imported network writes: what it makes of picture and prompt is computed once, and
 * the text is remembered as it stands and read again from its beginning for every token.
 */
final class RereadWriting implements PolicyNetwork.Writing {
  private final ImportedNetwork network;
  private final ContextSplit split;
  private final String generatedName;
  private final String logitsName;
  private final Map<String, Value> known;
  private final Value blank;
  private final Value logits;
  private final Value value;

  private RereadWriting(
      ImportedNetwork network,
      ContextSplit split,
      PolicySpec.Ports ports,
      Graph graph,
      Map<String, Value> known,
      Value blank) {
    this.network = network;
    this.split = split;
    this.generatedName = ports.inputs().generated();
    this.logitsName = ports.outputs().logits();
    this.known = known;
    this.blank = blank;
    this.value = network.value(known);
    this.logits = read(graph, blank, graph.integer(0));
  }

  static RereadWriting begin(
      ImportedNetwork network,
      PolicySpec spec,
      PolicySpec.ImportedSpec imported,
      Graph graph,
      Value pixels,
      Value prompt) {
    ContextSplit split = ContextSplit.of(imported);
    Map<String, Value> inputs = network.context(pixels, prompt);
    Value blank = ImportedNetwork.blank(graph, prompt, spec.text().generatedTokens());
    inputs.put(imported.ports().inputs().generated(), blank);
    Map<String, Value> known = new HashMap<>(inputs);
    known.putAll(split.context().into(graph, split.givenTo(inputs), Map.of()));
    return new RereadWriting(network, split, imported.ports(), graph, known, blank);
  }

  @Override
  public Value logits() {
    return logits;
  }

  @Override
  public Value value() {
    return value;
  }

  @Override
  public List<Value> state(Graph graph) {
    return List.of(blank);
  }

  @Override
  public List<Shape> stateShapes() {
    return List.of(Shape.of(Shape.DYNAMIC, blank.shape().at(1)));
  }

  @Override
  public Next next(Graph body, Value place, Value token, List<Value> state) {
    Operators op = body.operators();
    double[] places = new double[Math.toIntExact(blank.shape().at(1))];
    Arrays.setAll(places, index -> index);
    Value here = op.equal(body.constant(DataType.INT64, places, 1, places.length), place);
    Value text = op.where(here, op.unsqueeze(token, 1), state.getFirst());
    return new Next(read(body, text, op.add(place, body.integer(1))), List.of(text));
  }

  /** The logits at {@code place}, int64 of rank 0, of a text (N, G): (N, V). */
  private Value read(Graph graph, Value text, Value place) {
    Map<String, Value> inputs = new HashMap<>(known);
    inputs.put(generatedName, text);
    Operators op = graph.operators();
    Map<String, Value> outputs = split.text(inputs).into(graph, inputs, Map.of());
    Value whole = ImportedNetwork.output(outputs, logitsName);
    Value places = op.transpose(network.distributions(op, whole, text), 1, 0, 2);
    return op.gather(places, place);
  }
}
