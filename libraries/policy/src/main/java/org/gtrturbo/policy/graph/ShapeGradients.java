package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Gradients of {@link ShapeOperators}: each undoes what its operator did. */
final class ShapeGradients {
  private ShapeGradients() {}

  static Map<String, Gradients.Rule> rules() {
    Map<String, Gradients.Rule> rules = new HashMap<>();
    rules.put("Reshape", ShapeGradients::restoreShape);
    rules.put("Unsqueeze", ShapeGradients::restoreShape);
    rules.put("Squeeze", ShapeGradients::restoreShape);
    rules.put("Expand", (g, n) -> g.accumulate(n.input(0), g.gradientOf(n)));
    rules.put("Transpose", ShapeGradients::transpose);
    rules.put("Concat", ShapeGradients::concat);
    rules.put("Split", ShapeGradients::split);
    rules.put("Slice", ShapeGradients::slice);
    rules.put("Pad", ShapeGradients::pad);
    rules.put("Trilu", ShapeGradients::triangle);
    return rules;
  }

  private static void restoreShape(Gradients g, Node n) {
    if (g.needs(n.input(0))) {
      g.accumulate(n.input(0), g.op().reshapeLike(g.gradientOf(n), n.input(0)));
    }
  }

  private static void transpose(Gradients g, Node n) {
    long[] permutation = n.integers("perm");
    int[] inverse = new int[permutation.length];
    for (int axis = 0; axis < permutation.length; axis++) {
      inverse[(int) permutation[axis]] = axis;
    }
    g.accumulate(n.input(0), g.op().transpose(g.gradientOf(n), inverse));
  }

  private static void concat(Gradients g, Node n) {
    int axis = (int) n.integer("axis");
    if (n.output().shape().at(axis) == Shape.DYNAMIC) {
      concatOfDynamic(g, n, axis);
      return;
    }
    long[] sizes = n.inputs().stream().mapToLong(input -> input.shape().at(axis)).toArray();
    List<Value> parts = g.op().split(g.gradientOf(n), axis, sizes);
    for (int index = 0; index < sizes.length; index++) {
      g.accumulate(n.input(index), parts.get(index));
    }
  }

  private static void concatOfDynamic(Gradients g, Node n, int axis) {
    Value from = g.graph().integers(0);
    for (Value input : n.inputs()) {
      Value length = g.op().gather(g.op().shapeOf(input), g.graph().integers(axis));
      Value to = g.op().add(from, length);
      if (g.needs(input)) {
        g.accumulate(input, g.op().slice(g.gradientOf(n), axis, from, to));
      }
      from = to;
    }
  }

  private static void split(Gradients g, Node n) {
    List<Value> parts = new ArrayList<>();
    for (Value output : n.outputs()) {
      parts.add(g.gradient(output).orElseGet(() -> g.op().zerosLike(output)));
    }
    g.accumulate(n.input(0), g.op().concat((int) n.integer("axis"), parts));
  }

  /**
   * A slice's gradient is the output's, between zeros for what was cut off; the cut-off parts are
   * zeroed slices.
   */
  private static void slice(Gradients g, Node n) {
    Value input = n.input(0);
    int axis = (int) g.graph().integersIn(n.input(3))[0];
    long length = input.shape().at(axis);
    if (length == Shape.DYNAMIC) {
      sliceOfDynamic(g, n, axis);
      return;
    }
    long step = n.inputs().size() == 5 ? g.graph().integersIn(n.input(4))[0] : 1;
    long from = g.graph().integersIn(n.input(1))[0];
    Value kept = g.op().spread(g.gradientOf(n), axis, step);
    long covered = from + kept.shape().at(axis);
    if (covered > length) {
      kept = g.op().slice(kept, axis, 0, length - from);
    }
    List<Value> parts = new ArrayList<>();
    if (from > 0) {
      parts.add(g.op().zerosLike(g.op().slice(input, axis, 0, from)));
    }
    parts.add(kept);
    if (covered < length) {
      parts.add(g.op().zerosLike(g.op().slice(input, axis, covered, length)));
    }
    g.accumulate(input, parts.size() == 1 ? parts.getFirst() : g.op().concat(axis, parts));
  }

  /** Zeros in front, the gradient, and zeros for the rest, however long that is. */
  private static void sliceOfDynamic(Gradients g, Node n, int axis) {
    Value input = n.input(0);
    if (n.inputs().size() == 5) {
      throw new IllegalArgumentException(
          "a slice with steps along the dynamic axis "
              + axis
              + " of "
              + input
              + " has no gradient; give the axis a static length");
    }
    Value end = g.graph().integers(Long.MAX_VALUE);
    Value front = g.op().slice(input, axis, g.graph().integers(0), n.input(1));
    Value behind = g.op().slice(input, axis, n.input(2), end);
    g.accumulate(
        input,
        g.op().concat(axis, g.op().zerosLike(front), g.gradientOf(n), g.op().zerosLike(behind)));
  }

  private static void pad(Gradients g, Node n) {
    long[] pads = g.graph().integersIn(n.input(1));
    int rank = pads.length / 2;
    long[] before = new long[rank];
    long[] behind = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      before[axis] = -pads[axis];
      behind[axis] = -pads[rank + axis];
    }
    g.accumulate(n.input(0), g.op().pad(g.gradientOf(n), before, behind, 0));
  }

  private static void triangle(Gradients g, Node n) {
    long offset = g.graph().integersIn(n.input(1))[0];
    g.accumulate(n.input(0), g.op().triangle(g.gradientOf(n), n.integer("upper") != 0, offset));
  }
}
