package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Shape;

/**
 * Computes ahead what an exported model computes on shapes: with static dimensions nothing of it is
 * left in the graph, with dynamic ones what is known of it is.
 */
final class Folding {
  /** What is known of a node's result, if anything. */
  @FunctionalInterface
  private interface Rule {
    Optional<Known> fold(NodeReading node);
  }

  private static final Map<String, Rule> RULES = new HashMap<>();

  static {
    arithmetic("Add", Double::sum);
    arithmetic("Sub", (left, right) -> left - right);
    arithmetic("Mul", (left, right) -> left * right);
    arithmetic("Min", Math::min);
    arithmetic("Max", Math::max);
    arithmetic("Pow", Math::pow);
    RULES.put("Div", Folding::divide);
    RULES.put("Mod", Folding::modulo);
    unary("Neg", number -> -number);
    unary("Abs", Math::abs);
    unary("Sqrt", Math::sqrt);
    unary("Floor", Math::floor);
    unary("Ceil", Math::ceil);
    unary("Reciprocal", number -> 1 / number);
    RULES.put("Identity", node -> known(node, 0));
    RULES.put("Equal", Folding::equal);
    comparison("Less", (left, right) -> left < right ? 1 : 0);
    comparison("LessOrEqual", (left, right) -> left <= right ? 1 : 0);
    comparison("Greater", (left, right) -> left > right ? 1 : 0);
    comparison("GreaterOrEqual", (left, right) -> left >= right ? 1 : 0);
    comparison("And", (left, right) -> left * right);
    comparison("Or", Math::max);
    comparison("Xor", (left, right) -> left == right ? 0 : 1);
    RULES.put("Not", node -> known(node, 0).map(a -> a.map(DataType.BOOL, bit -> 1 - bit)));
    RULES.put("Cast", node -> known(node, 0).map(a -> a.cast(castTo(node))));
    RULES.put("Where", Folding::where);
    RULES.put("Shape", Folding::shape);
    RULES.put("Size", Folding::size);
    RULES.put("Gather", Folding::gather);
    RULES.put("Slice", Folding::slice);
    RULES.put("Concat", Folding::concat);
    RULES.put("Unsqueeze", Folding::reshaped);
    RULES.put("Squeeze", Folding::reshaped);
    RULES.put("Reshape", Folding::reshaped);
    RULES.put("Flatten", Folding::reshaped);
    RULES.put("Range", Folding::range);
    RULES.put("ConstantOfShape", Folding::constantOfShape);
    RULES.put("Expand", Folding::expand);
    reduction("ReduceProd", (left, right) -> left * right);
    reduction("ReduceSum", Double::sum);
    reduction("ReduceMax", Math::max);
    reduction("ReduceMin", Math::min);
  }

  private Folding() {}

  /** The result of {@code node}, if something is known of it. */
  static Optional<Operand> fold(NodeReading node) {
    Rule rule = RULES.get(node.node().operator());
    Optional<Known> known = rule == null ? Optional.empty() : rule.fold(node);
    return known.map(
        result ->
            result.isWhole()
                ? Operand.of(node.graph(), result)
                : Operand.of(result, () -> ReadingRules.read(node).getFirst().value()));
  }

  /** The element type that a Cast asks for. */
  static DataType castTo(NodeReading node) {
    return ElementTypes.of((int) node.integer("to", 0), "the result of " + node.node());
  }

  private static Optional<Known> known(NodeReading node, int index) {
    return node.has(index) ? node.operand(index).known() : Optional.empty();
  }

  private static void arithmetic(String operator, DoubleBinaryOperator function) {
    RULES.put(
        operator,
        node ->
            node.operands() == 2
                ? combine(node, known(node, 0).map(Known::type), function)
                : Optional.empty());
  }

  private static void comparison(String operator, DoubleBinaryOperator function) {
    RULES.put(operator, node -> combine(node, Optional.of(DataType.BOOL), function));
  }

  /** A dimension, however long, is no negative number: so Expand's shapes look for -1. */
  private static Optional<Known> equal(NodeReading node) {
    Optional<Known> left = known(node, 0);
    Optional<Known> right = known(node, 1);
    Optional<Known> plain =
        combine(node, Optional.of(DataType.BOOL), (one, other) -> one == other ? 1 : 0);
    if (left.isEmpty() || right.isEmpty() || plain.isEmpty()) {
      return plain;
    }
    Known first = left.get().expanded(plain.get().shape());
    Known second = right.get().expanded(plain.get().shape());
    double[] result = plain.get().numbers().clone();
    for (int index = 0; index < result.length; index++) {
      boolean differs =
          (first.isCopied(index) && second.numbers()[index] < 0)
              || (second.isCopied(index) && first.numbers()[index] < 0);
      result[index] = differs ? 0 : result[index];
    }
    return Optional.of(new Known(DataType.BOOL, plain.get().shape(), result));
  }

  private static Optional<Known> combine(
      NodeReading node, Optional<DataType> type, DoubleBinaryOperator function) {
    return type.flatMap(
        to ->
            known(node, 0)
                .flatMap(
                    left ->
                        known(node, 1)
                            .filter(right -> isSmall(left.shape().broadcast(right.shape())))
                            .map(right -> left.combine(right, to, function))));
  }

  private static void unary(String operator, DoubleUnaryOperator function) {
    RULES.put(operator, node -> known(node, 0).map(a -> a.map(a.type(), function)));
  }

  private static void reduction(String operator, DoubleBinaryOperator function) {
    RULES.put(
        operator,
        node ->
            known(node, 0)
                .filter(a -> a.numbers().length > 0 && a.shape().rank() == 1)
                .map(
                    a ->
                        new Known(
                            a.type(),
                            node.integer("keepdims", 1) == 0 ? Shape.of() : Shape.of(1L),
                            new double[] {
                              a.isWhole()
                                  ? Arrays.stream(a.numbers()).reduce(function).orElseThrow()
                                  : Known.UNKNOWN
                            })));
  }

  private static Optional<Known> divide(NodeReading node) {
    return known(node, 0)
        .flatMap(
            left ->
                left.type().isFloating()
                    ? combine(node, Optional.of(left.type()), (a, b) -> a / b)
                    : combine(node, Optional.of(left.type()), Folding::quotient));
  }

  private static double quotient(double dividend, double divisor) {
    return whole(dividend, divisor, (left, right) -> left / right);
  }

  /** What a division by 0 gives is for whoever runs the graph to say. */
  private static double whole(double dividend, double divisor, LongBinaryOperator function) {
    return (long) divisor == 0
        ? Known.UNKNOWN
        : function.applyAsLong((long) dividend, (long) divisor);
  }

  /** Of integers; by fmod with the sign of the dividend, else with that of the divisor. */
  private static Optional<Known> modulo(NodeReading node) {
    LongBinaryOperator remainder =
        node.integer("fmod", 0) != 0 ? (left, right) -> left % right : Math::floorMod;
    return known(node, 0)
        .filter(left -> !left.type().isFloating())
        .flatMap(left -> combine(node, Optional.of(left.type()), (a, b) -> whole(a, b, remainder)));
  }

  private static Optional<Known> where(NodeReading node) {
    Optional<Known> condition = known(node, 0);
    Optional<Known> yes = known(node, 1);
    Optional<Known> no = known(node, 2);
    if (condition.isEmpty() || yes.isEmpty() || no.isEmpty()) {
      return Optional.empty();
    }
    Shape shape = condition.get().shape().broadcast(yes.get().shape().broadcast(no.get().shape()));
    if (!isSmall(shape)) {
      return Optional.empty();
    }
    Known choice = condition.get().expanded(shape);
    Known first = yes.get().expanded(shape);
    Known second = no.get().expanded(shape);
    double[] result = new double[choice.numbers().length];
    long[] copied = new long[result.length];
    for (int index = 0; index < result.length; index++) {
      double chosen = choice.numbers()[index];
      Known source = chosen != 0 ? first : second;
      result[index] = Double.isNaN(chosen) ? Known.UNKNOWN : source.numbers()[index];
      copied[index] = Double.isNaN(chosen) ? 0 : source.copied()[index];
    }
    return Optional.of(new Known(first.type(), shape, result, copied));
  }

  private static Optional<Known> shape(NodeReading node) {
    long from = node.integer("start", 0);
    long to = node.integer("end", Long.MAX_VALUE);
    return Optional.of(Known.dimensionsOf(node.operand(0)).sliced(from, to, 1));
  }

  private static Optional<Known> size(NodeReading node) {
    Shape shape = node.operand(0).shape();
    double elements = shape.isStatic() ? shape.elements() : Known.UNKNOWN;
    return Optional.of(new Known(DataType.INT64, Shape.of(), new double[] {elements}));
  }

  private static Optional<Known> gather(NodeReading node) {
    return known(node, 0)
        .filter(data -> data.shape().rank() == 1)
        .flatMap(data -> known(node, 1).map(data::picked));
  }

  private static Optional<Known> slice(NodeReading node) {
    Optional<Known> data = known(node, 0).filter(a -> a.shape().rank() == 1);
    Optional<Known> from = node.whole(1);
    Optional<Known> to = node.whole(2);
    Optional<Known> step = node.has(4) ? node.whole(4) : Optional.of(Known.integers(1));
    if (data.isEmpty() || from.isEmpty() || to.isEmpty() || step.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        data.get()
            .sliced(
                (long) from.get().single(), (long) to.get().single(), (long) step.get().single()));
  }

  private static Optional<Known> concat(NodeReading node) {
    List<Known> parts = new ArrayList<>();
    boolean isSmallVector = true;
    int elements = 0;
    for (int index = 0; index < node.operands(); index++) {
      Operand part = node.operand(index);
      boolean isVector = part.shape().rank() == 1 && part.shape().isStatic();
      if (!isVector || part.type().isFloating()) {
        return Optional.empty();
      }
      elements += (int) part.shape().elements();
      isSmallVector &= elements <= Known.MOST_ELEMENTS;
      parts.add(part.known().orElseGet(() -> unknown(part)));
    }
    return isSmallVector ? Optional.of(Known.joined(parts)) : Optional.empty();
  }

  private static Known unknown(Operand vector) {
    double[] numbers = new double[Math.toIntExact(vector.shape().elements())];
    Arrays.fill(numbers, Known.UNKNOWN);
    return new Known(vector.type(), vector.shape(), numbers);
  }

  /** Operators that change the shape alone. */
  private static Optional<Known> reshaped(NodeReading node) {
    return known(node, 0)
        .flatMap(data -> ShapeReading.newShape(node).filter(Shape::isStatic).map(data::reshaped));
  }

  private static Optional<Known> range(NodeReading node) {
    Optional<Known> from = node.whole(0);
    Optional<Known> to = node.whole(1);
    Optional<Known> step = node.whole(2);
    if (from.isEmpty() || to.isEmpty() || step.isEmpty()) {
      return Optional.empty();
    }
    double first = from.get().single();
    double stride = step.get().single();
    long count = (long) Math.max(0, Math.ceil((to.get().single() - first) / stride));
    if (count > Known.MOST_ELEMENTS) {
      return Optional.empty();
    }
    double[] numbers =
        LongStream.range(0, count).mapToDouble(index -> first + index * stride).toArray();
    return Optional.of(new Known(from.get().type(), Shape.of(count), numbers));
  }

  private static Optional<Known> constantOfShape(NodeReading node) {
    Optional<Shape> shape =
        node.whole(0).map(asked -> Shape.of(asked.asIntegers())).filter(Folding::isSmall);
    Known filling = ShapeReading.filling(node);
    return shape.map(filling::expanded);
  }

  private static Optional<Known> expand(NodeReading node) {
    Optional<Known> data = known(node, 0);
    Optional<Known> asked = node.whole(1);
    if (data.isEmpty() || asked.isEmpty()) {
      return Optional.empty();
    }
    Shape shape = data.get().shape().broadcast(Shape.of(asked.get().asIntegers()));
    return isSmall(shape) ? Optional.of(data.get().expanded(shape)) : Optional.empty();
  }

  private static boolean isSmall(Shape shape) {
    return shape.isStatic() && shape.elements() <= Known.MOST_ELEMENTS;
  }
}
