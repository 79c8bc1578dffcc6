package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Computes inner values of the forward pass again while the gradient is taken, instead of keeping
 * them (Chen et al., "Training deep nets with sublinear memory cost", arXiv 1604.06174).
 *
 * <p>The nodes that compute activations are cut, in the order in which they run, into {@link
 * Segments}. What one segment hands to another is kept. While the walk is in a segment, every node
 * that the gradient rules add and that reads an inner value of the forward pass is made to read a
 * copy of it, computed from what is kept.
 *
 * <p>A copy may neither be merged with its original, which ONNX Runtime does with equal nodes of
 * equal inputs, nor run before the segments behind it are done with. So what copies are computed
 * from goes through a barrier: {@code Where(s < s, 0, value)}, where s is a sum over one element of
 * each gradient that the segments behind have made. It is the value, bit for bit, and not to be had
 * before those gradients.
 */
final class Recomputation {
  private final Graph graph;
  private final Segments segments;
  private final Map<Value, Node> makers = new HashMap<>();
  private final Map<Value, Value> copies = new HashMap<>();
  private final Map<Value, Value> barred = new HashMap<>();
  private final Set<Value> awaited = new HashSet<>();
  private final Set<Value> weights = new HashSet<>();
  private final Set<Value> produced = new HashSet<>();
  private int current;
  private @Nullable Value barrier;

  /**
   * @param nodes of the forward pass, in their order
   * @param scalar whose gradient is taken
   * @param needed the values that {@code wanted} has an influence on
   */
  Recomputation(
      Graph graph,
      List<Node> nodes,
      Value scalar,
      List<Value> wanted,
      Set<Value> needed,
      int segments) {
    this.graph = graph;
    markWeights(nodes, wanted);
    Set<Value> towardsScalar = towards(scalar, nodes);
    List<Node> activations = new ArrayList<>();
    for (Node node : nodes) {
      produced.addAll(node.outputs());
      if (node.outputs().stream().anyMatch(needed::contains)
          && node.outputs().stream().anyMatch(towardsScalar::contains)
          && !weights.contains(node.output())) {
        activations.add(node);
        node.outputs().forEach(output -> makers.put(output, node));
      }
    }
    this.segments = Segments.of(activations, segments);
    this.current = this.segments.last();
  }

  private static Set<Value> towards(Value scalar, List<Node> nodes) {
    Set<Value> towards = new HashSet<>(Set.of(scalar));
    for (Node node : nodes.reversed()) {
      if (node.outputs().stream().anyMatch(towards::contains)) {
        towards.addAll(node.inputs());
      }
    }
    return towards;
  }

  /** Marks what is computed from wanted and fixed values alone: weights, not activations. */
  private void markWeights(List<Node> nodes, List<Value> wanted) {
    weights.addAll(wanted);
    Set<Value> constants = new HashSet<>();
    graph.constants().forEach(constant -> constants.add(constant.value()));
    Set<Value> own = new HashSet<>(graph.inputs());
    nodes.forEach(node -> own.addAll(node.outputs()));
    for (Node node : nodes) {
      boolean ofWeights =
          node.inputs().stream()
              .allMatch(
                  input ->
                      weights.contains(input) || constants.contains(input) || !own.contains(input));
      if (ofWeights) {
        weights.addAll(node.outputs());
      }
    }
  }

  /** The walk is about to visit {@code node}; {@code gradients} are those it has made so far. */
  void comeTo(Node node, Map<Value, Value> gradients) {
    Optional<Integer> segment = segments.of(node);
    if (segment.isEmpty() || segment.get() == current) {
      return;
    }
    List<Value> awaiting = newGradients(gradients);
    if (awaiting.isEmpty()) {
      // Nothing tells the segments apart: what this one needs is taken as the one behind took it.
      return;
    }
    current = segment.get();
    graph.substitute(UnaryOperator.identity());
    copies.clear();
    barred.clear();
    barrier = barrier(awaiting);
    graph.substitute(this::current);
  }

  /** The gradients of what the segments are made of that were not awaited before. */
  private List<Value> newGradients(Map<Value, Value> gradients) {
    List<Value> found = new ArrayList<>();
    for (Node node : segments.nodes()) {
      List<Value> ends = new ArrayList<>(node.inputs());
      ends.addAll(node.outputs());
      for (Value end : ends) {
        Value gradient = gradients.get(end);
        if (gradient != null && awaited.add(gradient)) {
          found.add(gradient);
        }
      }
    }
    return found;
  }

  /** A BOOL that is false, once the gradients are there. */
  private Value barrier(List<Value> gradients) {
    Operators op = graph.operators();
    Value sum = graph.constant(graph.floatType(), new double[] {0}, 1);
    for (Value gradient : gradients) {
      Value first = op.slice(op.reshape(gradient, -1), 0, 0, 1);
      sum = op.add(sum, first.type() == sum.type() ? first : op.cast(first, sum.type()));
    }
    return op.squeeze(op.less(sum, sum), 0);
  }

  /** What stands for {@code value} in the segment that the walk is in. */
  private Value current(Value value) {
    Node maker = makers.get(value);
    if (maker == null || segments.keeps(value)) {
      return value;
    }
    Value copy = copies.get(value);
    return copy == null ? copied(maker, value) : copy;
  }

  private Value copied(Node maker, Value value) {
    List<Value> inputs = new ArrayList<>();
    boolean apart = false;
    for (Value input : maker.inputs()) {
      Value read = makers.containsKey(input) ? behindBarrier(current(input)) : input;
      apart |= read != input;
      inputs.add(read);
    }
    for (int index = 0; index < inputs.size() && !apart; index++) {
      Value input = inputs.get(index);
      if (produced.contains(input) && !weights.contains(input) && input.type() != DataType.BOOL) {
        inputs.set(index, behindBarrier(input));
        apart = true;
      }
    }
    List<Value> outputs =
        maker.outputs().stream()
            .map(output -> graph.fresh(maker.operator(), output.type(), output.shape()))
            .toList();
    graph.addPlain(new Node(maker.operator(), inputs, outputs, maker.attributes()));
    for (int index = 0; index < outputs.size(); index++) {
      copies.put(maker.outputs().get(index), outputs.get(index));
    }
    Value copy = copies.get(value);
    if (copy == null) {
      throw new IllegalStateException(maker + " does not make " + value);
    }
    return copy;
  }

  private Value behindBarrier(Value value) {
    Node maker = makers.get(value);
    boolean original = maker != null || produced.contains(value);
    if (!original) {
      return value;
    }
    Value known = barred.get(value);
    if (known != null) {
      return known;
    }
    if (barrier == null) {
      throw new IllegalStateException("there is no barrier in the last segment");
    }
    Value zero = graph.constant(value.type(), new double[] {0});
    Value through = graph.fresh("Where", value.type(), value.shape());
    graph.addPlain(new Node("Where", List.of(barrier, zero, value), List.of(through), Map.of()));
    barred.put(value, through);
    return through;
  }
}
