package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Reshaping;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.SliceBounds;
import org.gtrturbo.policy.graph.Value;

/** Operators that change a tensor's shape or order but keep its elements. */
final class ShapeReading {
  private ShapeReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    Map<String, ReadingRules.Rule> rules = new HashMap<>();
    rules.put("Reshape", ReadingRules.single(ShapeReading::reshape));
    rules.put("Flatten", ReadingRules.single(ShapeReading::flatten));
    rules.put("Squeeze", ReadingRules.single(ShapeReading::squeeze));
    rules.put("Unsqueeze", ReadingRules.single(ShapeReading::unsqueeze));
    rules.put("Transpose", ReadingRules.single(ShapeReading::transpose));
    rules.put("Expand", ReadingRules.single(ShapeReading::expand));
    rules.put("DepthToSpace", ReadingRules.single(ShapeReading::depthToSpace));
    rules.put("SpaceToDepth", ReadingRules.single(ShapeReading::spaceToDepth));
    rules.put("Shape", ReadingRules.single(ShapeReading::shape));
    rules.put("Size", ReadingRules.single(ShapeReading::size));
    return rules;
  }

  /** The shape that Reshape, Flatten, Squeeze and Unsqueeze give, where it is known. */
  static Optional<Shape> newShape(NodeReading node) {
    Shape shape = node.operand(0).shape();
    return switch (node.node().operator()) {
      case "Unsqueeze" -> Optional.of(unsqueezed(shape, unsqueezedAxes(node)));
      case "Squeeze" -> Optional.of(squeezed(shape, squeezedAxes(node)));
      case "Reshape" -> node.whole(1).map(asked -> Reshaping.result(shape, asked.asIntegers()));
      case "Flatten" -> Optional.of(Reshaping.result(shape, flattened(node)));
      default -> Optional.empty();
    };
  }

  private static Value reshape(NodeReading node) {
    Value value = node.value(0);
    Known asked = shapeAsked(node);
    if (node.integer("allowzero", 0) != 0 && Arrays.stream(asked.numbers()).anyMatch(n -> n == 0)) {
      throw node.refused("it makes an empty tensor; leave allowzero out");
    }
    if (asked.isWhole()) {
      return node.op().reshape(value, asked.asIntegers());
    }
    long[] shape = resolved(asked, node.operand(0));
    long open = Arrays.stream(shape).filter(length -> length == -1).count();
    boolean hasOpen = Arrays.stream(asked.numbers()).anyMatch(number -> number == -1);
    if (open == 1 && (!hasOpen || unknown(asked) == 0 || isSolved(asked, shape))) {
      return node.op().reshape(value, shape);
    }
    for (int axis = 0; axis < shape.length; axis++) {
      shape[axis] = shape[axis] == 0 ? value.shape().at(axis) : shape[axis];
    }
    return node.op().reshape(value, node.value(1), Shape.of(shape));
  }

  private static long unknown(Known asked) {
    return Arrays.stream(asked.numbers()).filter(Double::isNaN).count();
  }

  /** Whether the place of -1 got its number, so that the one open place is an unknown one. */
  private static boolean isSolved(Known asked, long[] shape) {
    for (int axis = 0; axis < shape.length; axis++) {
      if (asked.numbers()[axis] == -1) {
        return shape[axis] != -1;
      }
    }
    return true;
  }

  /**
   * The shape asked for, unknown places as -1. Where the unknown places are copies of dynamic
   * dimensions that cancel out those of the tensor, the place of -1 gets its number.
   */
  private static long[] resolved(Known asked, Operand from) {
    long[] shape = asked.asDimensions();
    long kept = 0;
    long copies = 0;
    OptionalLong copied = OptionalLong.empty();
    long known = 1;
    int open = -1;
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] == 0 && from.shape().at(axis) == Shape.DYNAMIC) {
        kept++;
      } else if (asked.isCopied(axis)) {
        copies++;
        copied = asked.batchesAt(axis);
      } else if (asked.numbers()[axis] == -1) {
        open = axis;
      } else if (Double.isNaN(asked.numbers()[axis])) {
        return shape;
      } else {
        known *= shape[axis] == 0 ? from.shape().at(axis) : shape[axis];
      }
    }
    if (open < 0) {
      return shape;
    }
    long dynamic = Arrays.stream(from.shape().toArray()).filter(at -> at == Shape.DYNAMIC).count();
    long elements = BatchLengths.knownElements(from.shape());
    OptionalLong left = OptionalLong.empty();
    if (copies == 0 && kept == dynamic) {
      left = BatchLengths.quotient(elements, known);
    } else if (copies == 1 && kept == 0 && copied.isPresent() && from.batches().isPresent()) {
      // Both are the batch, the one so many times and the other so many.
      left =
          BatchLengths.quotient(
              Math.multiplyExact(elements, from.batches().getAsLong()),
              Math.multiplyExact(known, copied.getAsLong()));
    }
    shape[open] = left.orElse(shape[open]);
    return shape;
  }

  /** What is known of the shape that operand 1 asks for; its length must be. */
  private static Known shapeAsked(NodeReading node) {
    Operand asked = node.operand(1);
    if (asked.known().isPresent()) {
      return asked.known().get();
    }
    if (!asked.shape().isStatic()) {
      throw node.refused(
          "the rank of its result is known only when run; export it with a fixed one");
    }
    double[] unknown = new double[(int) asked.shape().elements()];
    Arrays.fill(unknown, Known.UNKNOWN);
    return new Known(DataType.INT64, asked.shape(), unknown);
  }

  private static Value flatten(NodeReading node) {
    return node.op().reshape(node.value(0), flattened(node));
  }

  private static long[] flattened(NodeReading node) {
    Shape shape = node.operand(0).shape();
    int axis = (int) node.integer("axis", 1);
    int at = axis < 0 ? axis + shape.rank() : axis;
    long[] front = Arrays.copyOf(shape.toArray(), at);
    if (at == 1) {
      return new long[] {0, -1};
    }
    boolean frontIsKnown = Arrays.stream(front).noneMatch(length -> length == Shape.DYNAMIC);
    if (frontIsKnown) {
      return new long[] {Arrays.stream(front).reduce(1, Math::multiplyExact), -1};
    }
    long[] back = Arrays.copyOfRange(shape.toArray(), at, shape.rank());
    if (Arrays.stream(back).anyMatch(length -> length == Shape.DYNAMIC)) {
      throw node.refused("dimensions before and behind its axis are dynamic; fix one of them");
    }
    return new long[] {-1, Arrays.stream(back).reduce(1, Math::multiplyExact)};
  }

  private static Value squeeze(NodeReading node) {
    Value result = node.value(0);
    int[] axes = squeezedAxes(node);
    for (int index = axes.length - 1; index >= 0; index--) {
      result = node.op().squeeze(result, axes[index]);
    }
    return result;
  }

  private static int[] squeezedAxes(NodeReading node) {
    Shape shape = node.operand(0).shape();
    if (node.has(1)) {
      return Arrays.stream(node.integersOf(1, "which axes it drops"))
          .mapToInt(axis -> shape.axis((int) axis))
          .sorted()
          .toArray();
    }
    if (!shape.isStatic()) {
      throw node.refused("which axes it drops is known only when run; name the axes");
    }
    return IntStream.range(0, shape.rank()).filter(axis -> shape.at(axis) == 1).toArray();
  }

  private static Shape squeezed(Shape shape, int[] axes) {
    List<Long> left = new ArrayList<>();
    for (int axis = 0; axis < shape.rank(); axis++) {
      int at = axis;
      if (IntStream.of(axes).noneMatch(dropped -> dropped == at)) {
        left.add(shape.at(axis));
      }
    }
    return Shape.of(left);
  }

  private static Value unsqueeze(NodeReading node) {
    Value result = node.value(0);
    for (int axis : unsqueezedAxes(node)) {
      result = node.op().unsqueeze(result, axis);
    }
    return result;
  }

  private static int[] unsqueezedAxes(NodeReading node) {
    long[] given = node.integersOf(1, "where it adds axes");
    int rank = node.operand(0).shape().rank() + given.length;
    return Arrays.stream(given)
        .mapToInt(axis -> (int) (axis < 0 ? axis + rank : axis))
        .sorted()
        .toArray();
  }

  private static Shape unsqueezed(Shape shape, int[] axes) {
    List<Long> result = new ArrayList<>(Arrays.stream(shape.toArray()).boxed().toList());
    for (int axis : axes) {
      result.add(axis, 1L);
    }
    return Shape.of(result);
  }

  private static Value transpose(NodeReading node) {
    Value value = node.value(0);
    int rank = value.shape().rank();
    int[] order =
        node.integers("perm")
            .map(given -> Arrays.stream(given).mapToInt(Math::toIntExact).toArray())
            .orElseGet(() -> IntStream.range(0, rank).map(axis -> rank - 1 - axis).toArray());
    return node.op().transpose(value, order);
  }

  private static Value expand(NodeReading node) {
    Value value = node.value(0);
    Known asked = shapeAsked(node);
    Shape shape = value.shape().broadcast(Shape.of(asked.asDimensions()));
    if (asked.isWhole()) {
      return shape.equals(value.shape()) && shape.isStatic()
          ? value
          : node.op().expand(value, asked.asIntegers());
    }
    return node.op().expand(value, node.value(1), shape);
  }

  /** The number that ConstantOfShape fills with. */
  static Known filling(NodeReading node) {
    return node.attribute("value")
        .map(value -> (Contents) value)
        .map(value -> new Known(value.type(), Shape.of(), value.numbers()))
        .orElseGet(() -> new Known(DataType.FLOAT, Shape.of(), new double[] {0}));
  }

  static Value constantOfShape(NodeReading node) {
    Value number = Operand.of(node.graph(), filling(node)).value();
    Operand asked = node.operand(0);
    return node.whole(0)
        .map(shape -> node.op().expand(number, shape.asIntegers()))
        .orElseGet(
            () ->
                node.op()
                    .expand(
                        number,
                        asked.value(),
                        asked
                            .known()
                            .map(known -> Shape.of(known.asDimensions()))
                            .orElseGet(() -> unknownShape(asked.shape().elements()))));
  }

  private static Shape unknownShape(long rank) {
    return Shape.of(LongStream.range(0, rank).map(_ -> Shape.DYNAMIC).toArray());
  }

  private static Value depthToSpace(NodeReading node) {
    Operators op = node.op();
    Value x = node.value(0);
    long block = node.integer("blocksize", 1);
    long channels = x.shape().at(1) / (block * block);
    long height = x.shape().at(2);
    long width = x.shape().at(3);
    boolean columnsFirst = node.text("mode", "DCR").equals("CRD");
    Value moved =
        columnsFirst
            ? op.transpose(
                op.reshape(x, -1, channels, block, block, height, width), 0, 1, 4, 2, 5, 3)
            : op.transpose(
                op.reshape(x, -1, block, block, channels, height, width), 0, 3, 4, 1, 5, 2);
    return op.reshape(moved, -1, channels, height * block, width * block);
  }

  private static Value spaceToDepth(NodeReading node) {
    Operators op = node.op();
    Value x = node.value(0);
    long block = node.integer("blocksize", 1);
    long channels = x.shape().at(1);
    long height = x.shape().at(2) / block;
    long width = x.shape().at(3) / block;
    Value cut = op.reshape(x, -1, channels, height, block, width, block);
    Value moved = op.transpose(cut, 0, 3, 5, 1, 2, 4);
    return op.reshape(moved, -1, channels * block * block, height, width);
  }

  private static Value shape(NodeReading node) {
    Value whole = node.op().shapeOf(node.value(0));
    boolean isCut = node.hasAttribute("start") || node.hasAttribute("end");
    if (!isCut) {
      return whole;
    }
    SliceBounds bounds =
        SliceBounds.of(
            node.integer("start", 0), node.integer("end", Long.MAX_VALUE), 1, whole.shape().at(0));
    return node.op().slice(whole, 0, bounds.from(), bounds.to());
  }

  private static Value size(NodeReading node) {
    return node.op().reduce("ReduceProd", node.op().shapeOf(node.value(0)), false, 0);
  }
}
