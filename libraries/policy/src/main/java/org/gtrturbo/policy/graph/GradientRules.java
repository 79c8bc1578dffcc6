package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** For each operator, how the gradient of its output becomes gradients of its inputs. */
final class GradientRules {

  private static final Map<String, Gradients.Rule> RULES = new HashMap<>();

  static {
    RULES.put("Identity", (g, n) -> g.accumulate(n.input(0), g.gradientOf(n)));
    RULES.put("Cast", GradientRules::cast);
    RULES.put("Add", GradientRules::add);
    RULES.put("Sub", GradientRules::subtract);
    RULES.put("Mul", GradientRules::multiply);
    RULES.put("Div", GradientRules::divide);
    RULES.put("Min", (g, n) -> choose(g, n, g.graph().operators().less(n.input(0), n.input(1))));
    RULES.put("Max", (g, n) -> choose(g, n, g.graph().operators().greater(n.input(0), n.input(1))));
    RULES.put("Neg", (g, n) -> g.accumulate(n.input(0), op(g).negate(g.gradientOf(n))));
    RULES.put(
        "Exp", (g, n) -> g.accumulate(n.input(0), op(g).multiply(g.gradientOf(n), n.output())));
    RULES.put("Log", (g, n) -> g.accumulate(n.input(0), op(g).divide(g.gradientOf(n), n.input(0))));
    RULES.put("Sqrt", GradientRules::sqrt);
    RULES.put("Tanh", GradientRules::tanh);
    RULES.put("Relu", GradientRules::relu);
    RULES.put("Where", GradientRules::where);
    RULES.put("ReduceSum", (g, n) -> g.accumulate(n.input(0), spread(g, n)));
    RULES.put("ReduceMean", GradientRules::reduceMean);
    RULES.put("MatMul", GradientRules::matMul);
    RULES.put("Softmax", GradientRules::softmax);
    RULES.put("LogSoftmax", GradientRules::logSoftmax);
    RULES.put("LayerNormalization", GradientRules::layerNormalization);
    RULES.put("Reshape", GradientRules::restoreShape);
    RULES.put("Unsqueeze", GradientRules::restoreShape);
    RULES.put("Squeeze", GradientRules::restoreShape);
    RULES.put("Expand", (g, n) -> g.accumulate(n.input(0), g.gradientOf(n)));
    RULES.put("Transpose", GradientRules::transpose);
    RULES.put("Concat", GradientRules::concat);
    RULES.put("Split", GradientRules::split);
    RULES.put("Slice", GradientRules::slice);
    RULES.put("Gather", GradientRules::gather);
    RULES.put("GatherElements", GradientRules::gatherElements);
  }

  private GradientRules() {}

  static Gradients.Rule of(Node node) {
    Gradients.Rule rule = RULES.get(node.operator());
    if (rule == null) {
      throw new UncoveredOperatorException(node);
    }
    return rule;
  }

  static List<String> covered() {
    return List.copyOf(new TreeSet<>(RULES.keySet()));
  }

  private static Operators op(Gradients gradients) {
    return gradients.graph().operators();
  }

  /** Rounding counts as no change; what is cast to or from whole numbers has no gradient. */
  private static void cast(Gradients g, Node n) {
    g.accumulate(n.input(0), op(g).cast(g.gradientOf(n), n.input(0).type()));
  }

  private static void add(Gradients g, Node n) {
    g.accumulate(n.input(0), g.gradientOf(n));
    g.accumulate(n.input(1), g.gradientOf(n));
  }

  private static void subtract(Gradients g, Node n) {
    g.accumulate(n.input(0), g.gradientOf(n));
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), op(g).negate(g.gradientOf(n)));
    }
  }

  private static void multiply(Gradients g, Node n) {
    for (int index = 0; index < 2; index++) {
      if (g.needs(n.input(index))) {
        g.accumulate(n.input(index), op(g).multiply(g.gradientOf(n), n.input(1 - index)));
      }
    }
  }

  private static void divide(Gradients g, Node n) {
    Value overDivisor = op(g).divide(g.gradientOf(n), n.input(1));
    g.accumulate(n.input(0), overDivisor);
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), op(g).negate(op(g).multiply(overDivisor, n.output())));
    }
  }

  /** Min and Max: the gradient goes to the operand that was chosen, to the second one on a tie. */
  private static void choose(Gradients g, Node n, Value first) {
    Value zero = g.graph().scalar(0);
    g.accumulate(n.input(0), op(g).where(first, g.gradientOf(n), zero));
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), op(g).where(first, zero, g.gradientOf(n)));
    }
  }

  private static void sqrt(Gradients g, Node n) {
    Value halved = op(g).multiply(g.gradientOf(n), 0.5);
    g.accumulate(n.input(0), op(g).divide(halved, n.output()));
  }

  private static void tanh(Gradients g, Node n) {
    Value slope = op(g).subtract(g.graph().scalar(1), op(g).square(n.output()));
    g.accumulate(n.input(0), op(g).multiply(g.gradientOf(n), slope));
  }

  private static void relu(Gradients g, Node n) {
    Value zero = g.graph().scalar(0);
    Value open = op(g).greater(n.output(), zero);
    g.accumulate(n.input(0), op(g).where(open, g.gradientOf(n), zero));
  }

  private static void where(Gradients g, Node n) {
    Value zero = g.graph().scalar(0);
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), op(g).where(n.input(0), g.gradientOf(n), zero));
    }
    if (g.needs(n.input(2))) {
      g.accumulate(n.input(2), op(g).where(n.input(0), zero, g.gradientOf(n)));
    }
  }

  /** The gradient of a reduction, stretched back to the shape that was reduced. */
  private static Value spread(Gradients g, Node n) {
    Value gradient = g.gradientOf(n);
    if (n.integer("keepdims") == 0) {
      gradient = op(g).reshape(gradient, keptDimensions(g, n));
    }
    return op(g).stretch(gradient, n.input(0));
  }

  private static long[] keptDimensions(Gradients g, Node n) {
    long[] shape = n.input(0).shape().toArray();
    for (long axis : reducedAxes(g, n)) {
      shape[(int) axis] = 1;
    }
    return shape;
  }

  private static long[] reducedAxes(Gradients g, Node n) {
    return g.graph().integersIn(n.input(1));
  }

  private static void reduceMean(Gradients g, Node n) {
    Shape full = n.input(0).shape();
    long count = 1;
    for (long axis : reducedAxes(g, n)) {
      if (full.at((int) axis) == Shape.DYNAMIC) {
        throw new IllegalArgumentException(
            "the mean over the dynamic axis "
                + axis
                + " of "
                + n.input(0)
                + " has no gradient; use a sum");
      }
      count *= full.at((int) axis);
    }
    g.accumulate(n.input(0), op(g).multiply(spread(g, n), 1.0 / count));
  }

  private static void matMul(Gradients g, Node n) {
    Value left = n.input(0);
    Value right = n.input(1);
    Value gradient = g.gradientOf(n);
    if (g.needs(left)) {
      g.accumulate(left, op(g).matMul(gradient, op(g).transposeLast(right)));
    }
    if (!g.needs(right)) {
      return;
    }
    if (right.shape().rank() == 2) {
      Value rows = op(g).reshape(left, -1, left.shape().at(-1));
      Value columns = op(g).reshape(gradient, -1, gradient.shape().at(-1));
      g.accumulate(right, op(g).transposedMatMul(rows, columns));
    } else {
      g.accumulate(right, op(g).matMul(op(g).transposeLast(left), gradient));
    }
  }

  private static void softmax(Gradients g, Node n) {
    Value weighted = op(g).multiply(g.gradientOf(n), n.output());
    Value total = op(g).reduceSum(weighted, true, -1);
    g.accumulate(n.input(0), op(g).subtract(weighted, op(g).multiply(n.output(), total)));
  }

  private static void logSoftmax(Gradients g, Node n) {
    Value total = op(g).reduceSum(g.gradientOf(n), true, -1);
    Value shared = op(g).multiply(op(g).exp(n.output()), total);
    g.accumulate(n.input(0), op(g).subtract(g.gradientOf(n), shared));
  }

  private static void layerNormalization(Gradients g, Node n) {
    boolean known = n.outputs().size() == 3;
    Value mean = known ? n.outputs().get(1) : op(g).reduceMean(n.input(0), true, -1);
    Value centredInput = op(g).subtract(n.input(0), mean);
    Value inverseDeviation = known ? n.outputs().get(2) : inverseDeviation(g, centredInput);
    Value gradient = g.gradientOf(n);
    Value normal = op(g).multiply(centredInput, inverseDeviation);
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), op(g).multiply(gradient, normal));
    }
    if (g.needs(n.input(0))) {
      Value scaled = op(g).multiply(gradient, n.input(1));
      Value alongNormal = op(g).reduceMean(op(g).multiply(scaled, normal), true, -1);
      Value centred = op(g).subtract(scaled, op(g).reduceMean(scaled, true, -1));
      Value straight = op(g).subtract(centred, op(g).multiply(normal, alongNormal));
      g.accumulate(n.input(0), op(g).multiply(straight, inverseDeviation));
    }
  }

  private static Value inverseDeviation(Gradients g, Value centred) {
    Value variance = op(g).reduceMean(op(g).square(centred), true, -1);
    Value deviation = op(g).sqrt(op(g).add(variance, Operators.NORM_EPSILON));
    return op(g).divide(g.graph().scalar(1), deviation);
  }

  private static void restoreShape(Gradients g, Node n) {
    Value input = n.input(0);
    if (g.needs(input)) {
      g.accumulate(input, op(g).reshape(g.gradientOf(n), dynamicOnce(input.shape())));
    }
  }

  private static long[] dynamicOnce(Shape shape) {
    long[] dimensions = shape.toArray();
    if (Arrays.stream(dimensions).filter(dimension -> dimension == Shape.DYNAMIC).count() > 1) {
      throw new IllegalArgumentException(
          "a gradient cannot be reshaped to " + shape + ": at most one dimension may be dynamic");
    }
    return dimensions;
  }

  private static void transpose(Gradients g, Node n) {
    long[] permutation = n.integers("perm");
    int[] inverse = new int[permutation.length];
    for (int axis = 0; axis < permutation.length; axis++) {
      inverse[(int) permutation[axis]] = axis;
    }
    g.accumulate(n.input(0), op(g).transpose(g.gradientOf(n), inverse));
  }

  private static void concat(Gradients g, Node n) {
    int axis = (int) n.integer("axis");
    long[] sizes = n.inputs().stream().mapToLong(input -> input.shape().at(axis)).toArray();
    List<Value> parts = op(g).split(g.gradientOf(n), axis, sizes);
    for (int index = 0; index < sizes.length; index++) {
      g.accumulate(n.input(index), parts.get(index));
    }
  }

  private static void split(Gradients g, Node n) {
    List<Value> parts = new ArrayList<>();
    for (Value output : n.outputs()) {
      parts.add(g.gradient(output).orElseGet(() -> op(g).zerosLike(output)));
    }
    g.accumulate(n.input(0), op(g).concat((int) n.integer("axis"), parts));
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
      throw new IllegalArgumentException(
          "a slice of the dynamic axis " + axis + " of " + input + " has no gradient");
    }
    long from = g.graph().integersIn(n.input(1))[0];
    long to = Math.min(g.graph().integersIn(n.input(2))[0], length);
    List<Value> parts = new ArrayList<>();
    if (from > 0) {
      parts.add(op(g).zerosLike(op(g).slice(input, axis, 0, from)));
    }
    parts.add(g.gradientOf(n));
    if (to < length) {
      parts.add(op(g).zerosLike(op(g).slice(input, axis, to, length)));
    }
    g.accumulate(input, parts.size() == 1 ? parts.getFirst() : op(g).concat(axis, parts));
  }

  /**
   * Rows add up where an index repeats. Written as a product with the one-hot matrix of the
   * indices, because ONNX Runtime's ScatterND with reduction races on CPU
   * (microsoft/onnxruntime#18048).
   */
  private static void gather(Gradients g, Node n) {
    Value table = n.input(0);
    if (!g.needs(table)) {
      return;
    }
    if (table.shape().rank() != 2) {
      throw new IllegalArgumentException(
          "gather is differentiated for tables of rank 2, got " + table);
    }
    long rows = table.shape().at(0);
    Value indices = op(g).reshape(n.input(1), -1);
    Value gradient = op(g).reshape(g.gradientOf(n), -1, table.shape().at(1));
    g.accumulate(table, op(g).transposedMatMul(op(g).oneHot(indices, rows), gradient));
  }

  private static void gatherElements(Gradients g, Node n) {
    g.accumulate(
        n.input(0), op(g).scatterAdd(op(g).zerosLike(n.input(0)), n.input(1), g.gradientOf(n)));
  }
}
