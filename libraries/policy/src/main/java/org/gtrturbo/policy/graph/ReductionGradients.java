package org.gtrturbo.policy.graph;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Gradients of {@link ReductionOperators}. */
final class ReductionGradients {
  private ReductionGradients() {}

  static Map<String, Gradients.Rule> rules() {
    Map<String, Gradients.Rule> rules = new HashMap<>();
    rules.put(
        "ReduceSum",
        (g, n) -> g.accumulateSpread(n.input(0), spreadable(g, n, g.spreadGradientOf(n))));
    rules.put("ReduceMean", ReductionGradients::mean);
    rules.put("ReduceMax", ReductionGradients::extreme);
    rules.put("ReduceMin", ReductionGradients::extreme);
    rules.put("CumSum", ReductionGradients::cumulativeSum);
    return rules;
  }

  /** A reduction's result or its gradient with the axes that went as axes of length 1. */
  private static Value kept(Gradients g, Node n, Value reduced) {
    if (n.integer("keepdims") != 0) {
      return reduced;
    }
    Shape shape = n.input(0).shape();
    for (long axis : axes(g, n)) {
      shape = shape.with((int) axis, 1);
    }
    Value result = reduced;
    if (Arrays.stream(shape.toArray()).filter(at -> at == Shape.DYNAMIC).count() <= 1) {
      return g.op().reshape(result, shape.toArray());
    }
    for (long axis : axes(g, n)) {
      result = g.op().unsqueeze(result, (int) axis);
    }
    return result;
  }

  /** What broadcasts to the shape that was reduced, of a reduction's gradient that broadcasts. */
  private static Value spreadable(Gradients g, Node n, Value reduced) {
    boolean broadcastsAsItIs = n.integer("keepdims") != 0 || reduced.shape().rank() == 0;
    return broadcastsAsItIs ? reduced : kept(g, n, g.gradientOf(n));
  }

  /** In ascending order. */
  private static long[] axes(Gradients g, Node n) {
    return g.graph().integersIn(n.input(1));
  }

  private static void mean(Gradients g, Node n) {
    Shape full = n.input(0).shape();
    Value spread = spreadable(g, n, g.spreadGradientOf(n));
    long count = 1;
    for (long axis : axes(g, n)) {
      long length = full.at((int) axis);
      if (length == Shape.DYNAMIC) {
        g.accumulateSpread(n.input(0), g.op().divide(spread, runtimeCount(g, n)));
        return;
      }
      count *= length;
    }
    g.accumulateSpread(n.input(0), g.op().multiply(spread, 1.0 / count));
  }

  /** How many elements went into each mean, known only when the graph runs. */
  private static Value runtimeCount(Gradients g, Node n) {
    Value lengths = g.op().gather(g.op().shapeOf(n.input(0)), n.input(1));
    Value count = g.op().reduce("ReduceProd", lengths, false, 0);
    return g.op().cast(count, n.input(0).type());
  }

  /** ReduceMax and ReduceMin: elements that are equally extreme share the gradient evenly. */
  private static void extreme(Gradients g, Node n) {
    Value input = n.input(0);
    Value chosen = g.op().cast(g.op().equal(input, kept(g, n, n.output())), input.type());
    int[] axes = Arrays.stream(axes(g, n)).mapToInt(Math::toIntExact).toArray();
    Value share = g.op().divide(kept(g, n, g.gradientOf(n)), g.op().reduceSum(chosen, true, axes));
    g.accumulate(input, g.op().multiply(chosen, share));
  }

  private static void cumulativeSum(Gradients g, Node n) {
    int axis = (int) g.graph().integersIn(n.input(1))[0];
    boolean exclusive = n.integerOr("exclusive", 0) != 0;
    boolean reverse = n.integerOr("reverse", 0) != 0;
    g.accumulate(n.input(0), g.op().cumulativeSum(g.gradientOf(n), axis, exclusive, !reverse));
  }
}
