package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reverse-mode differentiation of a graph, written out as more nodes of the same graph.
 *
 * <p>The nodes are walked backwards; each hands the gradient of its outputs to its inputs by its
 * operator's {@link GradientRules}. Only nodes between what is asked for and the scalar are
 * visited. Values of an enclosing graph are constants here, unless they are asked for.
 */
public final class Gradients {
  /** Hands the gradient of {@code node}'s outputs on to its inputs. */
  @FunctionalInterface
  interface Rule {
    void apply(Gradients gradients, Node node);
  }

  /**
   * Rewritings of ONNX Runtime that apply where a value is read once and that round otherwise. With
   * segments, inner values are read less often, so a session of the graph must leave these be to
   * give the same bits.
   */
  public static final List<String> REWRITINGS_OF_VALUES_READ_ONCE =
      List.of(
          "DivMulFusion",
          "LayerNormFusionL1",
          "LayerNormFusionL2",
          "SimplifiedLayerNormFusion",
          "GeluFusionL1",
          "GeluFusionL2",
          "BiasGeluFusion",
          "FastGeluFusion",
          "QuickGeluFusion",
          "BiasSoftmaxFusion");

  private final Graph graph;
  private final Map<Value, Value> gradients = new HashMap<>();
  private final Set<Value> needed = new HashSet<>();

  private Gradients(Graph graph) {
    this.graph = graph;
  }

  /**
   * Adds the gradient of {@code scalar} to {@code graph}.
   *
   * @param scalar a float value of one element, computed in {@code graph}
   * @param wanted values that {@code scalar} depends on
   * @return one gradient for each wanted value, of its shape
   * @throws IllegalArgumentException if the scalar does not depend on a wanted value
   * @throws UncoveredOperatorException if an operator on the way has no gradient here
   */
  public static List<Value> of(Graph graph, Value scalar, List<Value> wanted) {
    return of(graph, scalar, wanted, 1);
  }

  /**
   * The same gradient, bit for bit, in less memory: what lies within a segment of the forward
   * computation is computed again when the walk comes back to it, instead of being kept.
   *
   * @param segments how many parts the computation is cut into, about alike, where little is handed
   *     on; 1 keeps everything
   */
  public static List<Value> of(Graph graph, Value scalar, List<Value> wanted, int segments) {
    if (scalar.shape().isStatic() && scalar.shape().elements() != 1) {
      throw new IllegalArgumentException("only a scalar has a gradient, got " + scalar);
    }
    Gradients walk = new Gradients(graph);
    List<Node> nodes = List.copyOf(graph.nodes());
    walk.markNeeded(nodes, wanted);
    walk.gradients.put(
        scalar, graph.constant(graph.floatType(), new double[] {1}, scalar.shape().toArray()));
    Optional<Recomputation> recomputation =
        segments > 1
            ? Optional.of(new Recomputation(graph, nodes, scalar, wanted, walk.needed, segments))
            : Optional.empty();
    for (Node node : nodes.reversed()) {
      recomputation.ifPresent(again -> again.comeTo(node, walk.gradients));
      walk.visit(node);
    }
    graph.substitute(UnaryOperator.identity());
    List<Value> result = new ArrayList<>();
    for (Value value : wanted) {
      result.add(
          walk.gradient(value)
              .orElseThrow(
                  () -> new IllegalArgumentException(scalar + " does not depend on " + value)));
    }
    return List.copyOf(result);
  }

  private void markNeeded(List<Node> nodes, List<Value> wanted) {
    needed.addAll(wanted);
    for (Node node : nodes) {
      if (!GradientRules.stops(node) && node.inputs().stream().anyMatch(needed::contains)) {
        node.outputs().stream()
            .filter(output -> output.type().isFloating() && !graph.isHeldConstant(output))
            .forEach(needed::add);
      }
    }
  }

  private void visit(Node node) {
    boolean reached = node.outputs().stream().anyMatch(gradients::containsKey);
    if (!reached || node.inputs().stream().noneMatch(needed::contains)) {
      return;
    }
    graph.ownGradient(node.output()).orElseGet(() -> GradientRules.of(node)).apply(this, node);
  }

  Graph graph() {
    return graph;
  }

  Operators op() {
    return graph.operators();
  }

  /** Whether anything asked for depends on {@code value}. */
  boolean needs(Value value) {
    return needed.contains(value);
  }

  Optional<Value> gradient(Value value) {
    return Optional.ofNullable(
        gradients.computeIfPresent(
            value,
            (_, gradient) ->
                isSpread(gradient.shape(), value.shape())
                    ? graph.operators().stretch(gradient, value)
                    : gradient));
  }

  /** Of the first output's shape. */
  Value gradientOf(Node node) {
    return gradient(node.output()).orElseThrow(() -> without(node));
  }

  /**
   * The same, in a shape that may have yet to be stretched to the first output's: for rules that
   * hand on what is stretched by their own operators, or hand it on by {@link #accumulateSpread}.
   */
  Value spreadGradientOf(Node node) {
    @Nullable Value gradient = gradients.get(node.output());
    if (gradient == null) {
      throw without(node);
    }
    return gradient;
  }

  private static IllegalStateException without(Node node) {
    return new IllegalStateException("the first output of " + node + " has no gradient");
  }

  /** Whether {@code part} has yet to be stretched to be {@code whole}. */
  private static boolean isSpread(Shape part, Shape whole) {
    return part.rank() != whole.rank()
        || IntStream.range(0, whole.rank())
            .anyMatch(axis -> part.at(axis) == 1 && whole.at(axis) != 1);
  }

  /**
   * Adds {@code part} to the gradient of {@code value}, summed over the axes that broadcasting
   * stretched.
   */
  void accumulate(Value value, Value part) {
    if (!needs(value)) {
      return;
    }
    Value fitted = reduceTo(part, value.shape());
    gradients.merge(value, fitted, graph.operators()::add);
  }

  /**
   * Adds to the gradient of {@code value} what {@code part} is when it is stretched to that shape
   * by broadcasting. It is stretched when a rule asks for the whole of it.
   */
  void accumulateSpread(Value value, Value part) {
    if (needs(value)) {
      gradients.merge(value, part, graph.operators()::add);
    }
  }

  private Value reduceTo(Value part, Shape target) {
    Operators op = graph.operators();
    Value result = part;
    int extra = result.shape().rank() - target.rank();
    if (extra > 0) {
      int[] axes = new int[extra];
      for (int axis = 0; axis < extra; axis++) {
        axes[axis] = axis;
      }
      result = op.reduceSum(result, false, axes);
    }
    List<Integer> stretched = new ArrayList<>();
    for (int axis = 0; axis < target.rank(); axis++) {
      if (target.at(axis) == 1 && result.shape().at(axis) != 1) {
        stretched.add(axis);
      }
    }
    if (!stretched.isEmpty()) {
      result = op.reduceSum(result, true, stretched.stream().mapToInt(Integer::intValue).toArray());
    }
    return result;
  }
}
