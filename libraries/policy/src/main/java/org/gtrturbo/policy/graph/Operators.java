package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ONNX operators as methods: each adds one node to its graph, or a few, and returns its result with
 * type and shape inferred. Elementwise operators broadcast as in ONNX. Axes may be negative,
 * counting from the end.
 *
 * <p>The methods are grouped by family in the interfaces that this class joins.
 */
public final class Operators
    implements ElementwiseOperators,
        ReductionOperators,
        LinearOperators,
        NormalizationOperators,
        ShapeOperators,
        IndexingOperators,
        WindowOperators {
  static final float NORM_EPSILON = 1e-5f;

  private final Graph graph;

  Operators(Graph graph) {
    this.graph = graph;
  }

  @Override
  public Graph graph() {
    return graph;
  }

  @Override
  public Operators op() {
    return this;
  }

  // Control flow.

  /**
   * What the body of a {@link #loop} returns: whether to go on, the next state, and what to record.
   */
  public record LoopStep(Value goOn, List<Value> state, List<Value> recorded) {}

  /**
   * Builds one turn of a loop in {@code body} from the turn's number (INT64, rank 0) and the state.
   */
  @FunctionalInterface
  public interface LoopBody {
    LoopStep build(Graph body, Value turn, List<Value> state);
  }

  /**
   * What a {@link #loop} leaves: its last state, and each recorded value stacked along a new first
   * axis.
   */
  public record LoopResult(List<Value> state, List<Value> recorded) {}

  /**
   * At most {@code turns} (INT64, rank 0) turns of {@code body}, while it says to go on. What comes
   * out alike in every turn, because it depends on neither the turn nor the state, is computed
   * once, before the loop.
   *
   * @param stateShapes the state's shapes inside the body; DYNAMIC where a dimension changes from
   *     turn to turn
   */
  public LoopResult loop(Value turns, List<Value> initial, List<Shape> stateShapes, LoopBody body) {
    Graph inner = graph.body();
    Value turn = inner.bodyInput(DataType.INT64, Shape.of());
    Value goOn = inner.bodyInput(DataType.BOOL, Shape.of());
    List<Value> state = new ArrayList<>();
    for (int index = 0; index < initial.size(); index++) {
      state.add(inner.bodyInput(initial.get(index).type(), stateShapes.get(index)));
    }
    LoopStep step = body.build(inner, turn, List.copyOf(state));
    inner.bodyOutput(step.goOn());
    step.state().forEach(inner::bodyOutput);
    step.recorded().forEach(inner::bodyOutput);
    inner.moveOutWhatIsAlike();

    Value always = graph.constant(DataType.BOOL, new double[] {1}, goOn.shape().toArray());
    List<Value> inputs = new ArrayList<>(List.of(turns, always));
    inputs.addAll(initial);
    List<Value> last = new ArrayList<>();
    for (int index = 0; index < initial.size(); index++) {
      last.add(graph.fresh("Loop", initial.get(index).type(), stateShapes.get(index)));
    }
    List<Value> recorded =
        step.recorded().stream()
            .map(value -> graph.fresh("Loop", value.type(), stacked(value)))
            .toList();
    List<Value> outputs = new ArrayList<>(last);
    outputs.addAll(recorded);
    graph.add(new Node("Loop", inputs, outputs, Map.of("body", inner)));
    return new LoopResult(List.copyOf(last), recorded);
  }

  private static Shape stacked(Value value) {
    long[] rest = value.shape().toArray();
    long[] shape = new long[rest.length + 1];
    shape[0] = Shape.DYNAMIC;
    System.arraycopy(rest, 0, shape, 1, rest.length);
    return Shape.of(shape);
  }
}
