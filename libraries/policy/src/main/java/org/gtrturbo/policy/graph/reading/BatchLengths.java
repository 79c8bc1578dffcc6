package org.gtrturbo.policy.graph.reading;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.gtrturbo.policy.graph.Shape;

/**
 * How many batches long a dynamic dimension is. That of an input is one batch; that of (N, 12, 64)
 * given the shape (12 N, 64) is twelve. Who takes the one for the other gives a tensor a wrong
 * shape and notices nothing.
 *
 * <p>Followed are tensors with one dynamic dimension. Where the answer is not certain there is
 * none.
 */
final class BatchLengths {
  private BatchLengths() {}

  /** That of an input of the model. */
  static OptionalLong ofInput(Shape shape) {
    return dynamicAxis(shape).isPresent() ? OptionalLong.of(1) : OptionalLong.empty();
  }

  /** That of a node's result. */
  static OptionalLong of(NodeReading node, Operand result) {
    if (result.batches().isPresent() || dynamicAxis(result.shape()).isEmpty()) {
      return result.batches();
    }
    return switch (node.node().operator()) {
      case "Reshape", "Flatten", "DepthToSpace", "SpaceToDepth" -> ofSameElements(node, result);
      case "ConstantOfShape" -> asked(node, 0, result);
      case "Expand" -> ofExpanded(node, result);
      case "Slice", "Pad" -> isCutBehindBatch(node, result) ? common(node) : OptionalLong.empty();
      case "Tile" -> isRepeatedOnce(node, result) ? common(node) : OptionalLong.empty();
      case "Concat", "Split", "TopK" ->
          isAlongAnotherAxis(node, result) ? common(node) : OptionalLong.empty();
      case "Conv", "ConvTranspose", "AveragePool", "MaxPool" ->
          isFirst(node.operand(0).shape()) && isFirst(result.shape())
              ? common(node)
              : OptionalLong.empty();
      // Among them Range, whose length is what its operands say, and Resize, which leaves dynamic
      // axes as they are.
      default -> common(node);
    };
  }

  /** The only dynamic axis of a shape. */
  private static OptionalLong dynamicAxis(Shape shape) {
    long[] found =
        LongStream.range(0, shape.rank())
            .filter(axis -> shape.at((int) axis) == Shape.DYNAMIC)
            .toArray();
    return found.length == 1 ? OptionalLong.of(found[0]) : OptionalLong.empty();
  }

  private static boolean isFirst(Shape shape) {
    OptionalLong axis = dynamicAxis(shape);
    return axis.isPresent() && axis.getAsLong() == 0;
  }

  /** What all dynamic operands have in common: their dimensions meet, or are kept. */
  private static OptionalLong common(NodeReading node) {
    List<OptionalLong> lengths =
        IntStream.range(0, node.operands())
            .filter(node::has)
            .mapToObj(node::operand)
            .filter(operand -> !operand.shape().isStatic())
            .map(Operand::batches)
            .distinct()
            .toList();
    return lengths.size() == 1 ? lengths.getFirst() : OptionalLong.empty();
  }

  private static OptionalLong ofSameElements(NodeReading node, Operand result) {
    Operand from = node.operand(0);
    return from.batches().isEmpty()
        ? OptionalLong.empty()
        : quotient(
            Math.multiplyExact(from.batches().getAsLong(), knownElements(from.shape())),
            knownElements(result.shape()));
  }

  /** What is left of a number of elements, where it divides evenly. */
  static OptionalLong quotient(long elements, long by) {
    return by > 0 && elements % by == 0 ? OptionalLong.of(elements / by) : OptionalLong.empty();
  }

  /** The product of the dimensions that are not dynamic. */
  static long knownElements(Shape shape) {
    return Arrays.stream(shape.toArray())
        .filter(length -> length != Shape.DYNAMIC)
        .reduce(1, Math::multiplyExact);
  }

  /** What an operand that is a shape says of the dynamic axis. */
  private static OptionalLong asked(NodeReading node, int index, Operand result) {
    if (!node.has(index) || node.operand(index).known().isEmpty()) {
      return OptionalLong.empty();
    }
    Known shape = node.operand(index).known().get();
    int fromEnd = result.shape().rank() - (int) dynamicAxis(result.shape()).orElseThrow();
    int at = shape.numbers().length - fromEnd;
    return at < 0 ? OptionalLong.empty() : shape.batchesAt(at);
  }

  private static OptionalLong ofExpanded(NodeReading node, Operand result) {
    OptionalLong asked = asked(node, 1, result);
    return asked.isPresent() ? asked : node.operand(0).batches();
  }

  private static boolean isAlongAnotherAxis(NodeReading node, Operand result) {
    int rank = result.shape().rank();
    long axis = node.integer("axis", node.node().operator().equals("TopK") ? -1 : 0);
    return (axis < 0 ? axis + rank : axis) != dynamicAxis(result.shape()).orElseThrow();
  }

  private static boolean isCutBehindBatch(NodeReading node, Operand result) {
    long dynamic = dynamicAxis(result.shape()).orElseThrow();
    int rank = result.shape().rank();
    long[] axes =
        node.has(3)
            ? node.whole(3).map(Known::asIntegers).orElseGet(() -> new long[] {dynamic})
            : node.integers("axes").orElseGet(() -> LongStream.range(0, rank).toArray());
    boolean isSpared =
        Arrays.stream(axes).noneMatch(axis -> (axis < 0 ? axis + rank : axis) == dynamic);
    return isSpared || isPaddedByNothing(node, axes, dynamic);
  }

  private static boolean isPaddedByNothing(NodeReading node, long[] axes, long dynamic) {
    if (!node.node().operator().equals("Pad")) {
      return false;
    }
    long[] pads =
        node.integers("pads")
            .or(() -> node.whole(1).map(Known::asIntegers))
            .orElseGet(() -> new long[0]);
    int at = (int) dynamic;
    return axes.length * 2 == pads.length
        && !node.has(3)
        && pads[at] == 0
        && pads[axes.length + at] == 0;
  }

  private static boolean isRepeatedOnce(NodeReading node, Operand result) {
    int axis = (int) dynamicAxis(result.shape()).orElseThrow();
    return node.whole(1).filter(repeats -> repeats.numbers()[axis] == 1).isPresent();
  }
}
