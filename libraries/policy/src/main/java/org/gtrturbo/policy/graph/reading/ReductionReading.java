package org.gtrturbo.policy.graph.reading;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/** Reductions; axes come as an attribute or as an operand, by operator set. */
final class ReductionReading {
  // A product is unrolled; beyond this it would flood the graph.
  private static final long MOST_FACTORS = 64;

  private ReductionReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    Map<String, ReadingRules.Rule> rules = new HashMap<>();
    for (String operator : List.of("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin")) {
      rules.put(operator, reduction((n, value) -> plain(n, operator, value)));
    }
    rules.put("ReduceProd", reduction(ReductionReading::product));
    rules.put("ReduceL1", reduction((n, value) -> plain(n, "ReduceSum", n.op().abs(value))));
    rules.put("ReduceL2", reduction(ReductionReading::length));
    rules.put(
        "ReduceSumSquare", reduction((n, value) -> plain(n, "ReduceSum", n.op().square(value))));
    rules.put("ReduceLogSum", reduction((n, value) -> n.op().log(plain(n, "ReduceSum", value))));
    rules.put("ReduceLogSumExp", reduction(ReductionReading::logSumExp));
    rules.put("ArgMax", ReadingRules.single(n -> extremePlace(n, "ArgMax")));
    rules.put("ArgMin", ReadingRules.single(n -> extremePlace(n, "ArgMin")));
    rules.put("CumSum", ReadingRules.single(ReductionReading::cumulativeSum));
    return rules;
  }

  @FunctionalInterface
  private interface Reduction {
    Value reduce(NodeReading node, Value value);
  }

  private static ReadingRules.Rule reduction(Reduction reduction) {
    return ReadingRules.single(node -> reduction.reduce(node, node.value(0)));
  }

  private static Value plain(NodeReading node, String operator, Value value) {
    int[] axes = axes(node, value.shape());
    boolean isNothing = axes.length == 0;
    return isNothing ? value : node.op().reduce(operator, value, keeps(node), axes);
  }

  private static boolean keeps(NodeReading node) {
    return node.integer("keepdims", 1) != 0;
  }

  /** Axes counted from the front; all where none are given, unless that is to mean none. */
  private static int[] axes(NodeReading node, Shape shape) {
    long[] given =
        node.has(1)
            ? node.integersOf(1, "which axes it reduces")
            : node.integers("axes").orElseGet(() -> new long[0]);
    if (given.length > 0) {
      return Arrays.stream(given).mapToInt(axis -> shape.axis((int) axis)).sorted().toArray();
    }
    boolean isNothing = node.integer("noop_with_empty_axes", 0) != 0;
    return isNothing ? new int[0] : IntStream.range(0, shape.rank()).toArray();
  }

  private static Value length(NodeReading node, Value value) {
    Operators op = node.op();
    int[] axes = axes(node, value.shape());
    if (axes.length == 0) {
      return op.abs(value);
    }
    Value kept = op.length(value, axes);
    return keeps(node) ? kept : dropped(op, kept, axes);
  }

  private static Value logSumExp(NodeReading node, Value value) {
    Operators op = node.op();
    int[] axes = axes(node, value.shape());
    Value largest = op.constantCopy(op.reduceMax(value, true, axes));
    // Where all are -∞ the difference of two would be no number.
    Value base = op.maximum(largest, node.graph().scalar(-1e30));
    Value sum = op.reduceSum(op.exp(op.subtract(value, base)), true, axes);
    Value kept = op.add(op.log(sum), base);
    return keeps(node) ? kept : dropped(op, kept, axes);
  }

  /** Unrolled, so that the gradient is right where a factor is 0. */
  private static Value product(NodeReading node, Value value) {
    if (!value.type().isFloating()) {
      return plain(node, "ReduceProd", value);
    }
    Operators op = node.op();
    int[] axes = axes(node, value.shape());
    Value result = value;
    for (int axis : axes) {
      long factors = value.shape().at(axis);
      if (factors == Shape.DYNAMIC || factors > MOST_FACTORS) {
        throw node.refused(
            "a product of "
                + (factors == Shape.DYNAMIC ? "a number of factors known only when run" : factors)
                + "; write it as the exponential of a sum of logarithms");
      }
      Value whole = result;
      result =
          IntStream.range(0, (int) factors)
              .mapToObj(factor -> op.slice(whole, axis, factor, factor + 1L))
              .reduce(op::multiply)
              .orElseThrow();
    }
    return keeps(node) ? result : dropped(op, result, axes);
  }

  private static Value dropped(Operators op, Value kept, int[] axes) {
    Value result = kept;
    for (int index = axes.length - 1; index >= 0; index--) {
      result = op.squeeze(result, axes[index]);
    }
    return result;
  }

  private static Value extremePlace(NodeReading node, String operator) {
    Value value = node.value(0);
    int axis = value.shape().axis((int) node.integer("axis", 0));
    Value places =
        node.graph()
            .apply(
                operator,
                Map.of(
                    "axis",
                    (long) axis,
                    "keepdims",
                    1L,
                    "select_last_index",
                    node.integer("select_last_index", 0)),
                DataType.INT64,
                value.shape().with(axis, 1),
                value);
    return keeps(node) ? places : node.op().squeeze(places, axis);
  }

  private static Value cumulativeSum(NodeReading node) {
    long[] axis = node.integersOf(1, "along which axis it runs");
    return node.op()
        .cumulativeSum(
            node.value(0),
            (int) axis[0],
            node.integer("exclusive", 0) != 0,
            node.integer("reverse", 0) != 0);
  }
}
