package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.SliceBounds;
import org.gtrturbo.policy.graph.Value;

/** Operators that cut, join, repeat or pad tensors. */
final class CuttingReading {
  private CuttingReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    return Map.of(
        "Concat", ReadingRules.single(CuttingReading::concat),
        "Split", CuttingReading::split,
        "Slice", ReadingRules.single(CuttingReading::slice),
        "Tile", ReadingRules.single(CuttingReading::tile),
        "Pad", ReadingRules.single(CuttingReading::pad),
        "Trilu", ReadingRules.single(CuttingReading::triangle));
  }

  private static Value concat(NodeReading node) {
    return node.operands() == 1
        ? node.value(0)
        : node.op().concat((int) node.integer("axis", 0), node.values());
  }

  /** Sizes come as an operand, or equal ones by number of parts, the last one perhaps smaller. */
  private static List<Operand> split(NodeReading node) {
    Value value = node.value(0);
    int axis = value.shape().axis((int) node.integer("axis", 0));
    long length = value.shape().at(axis);
    long[] sizes;
    if (node.has(1)) {
      sizes = node.integersOf(1, "where it splits");
    } else {
      long parts = node.integer("num_outputs", node.node().outputs().size());
      if (length == Shape.DYNAMIC) {
        throw node.refused("it splits a dynamic axis evenly; give the axis a static length");
      }
      long part = Math.ceilDiv(length, parts);
      sizes =
          LongStream.range(0, parts).map(index -> Math.min(part, length - index * part)).toArray();
    }
    List<Operand> results = new ArrayList<>();
    if (length == Shape.DYNAMIC) {
      long from = 0;
      for (long size : sizes) {
        results.add(Operand.of(node.op().slice(value, axis, from, from + size)));
        from += size;
      }
      return results;
    }
    node.op().split(value, axis, sizes).forEach(part -> results.add(Operand.of(part)));
    return results;
  }

  private static Value slice(NodeReading node) {
    Value result = node.value(0);
    Shape shape = result.shape();
    long[] axes =
        node.has(3)
            ? node.integersOf(3, "along which axes it cuts")
            : LongStream.range(0, node.operand(1).shape().elements()).toArray();
    Optional<Known> from = node.operand(1).known();
    Optional<Known> to = node.operand(2).known();
    long[] steps = node.has(4) ? node.integersOf(4, "its step") : ones(axes.length);
    for (int index = 0; index < axes.length; index++) {
      int axis = shape.axis((int) axes[index]);
      Optional<Double> first = at(from, index);
      Optional<Double> end = at(to, index);
      if (first.isPresent() && end.isPresent()) {
        result =
            between(
                node, result, axis, first.get().longValue(), end.get().longValue(), steps[index]);
      } else {
        result = betweenUnknown(node, result, axis, index, steps[index]);
      }
    }
    return result;
  }

  private static Optional<Double> at(Optional<Known> numbers, int index) {
    return numbers.map(known -> known.numbers()[index]).filter(number -> !Double.isNaN(number));
  }

  private static Value between(
      NodeReading node, Value value, int axis, long from, long to, long step) {
    long length = value.shape().at(axis);
    if (length == Shape.DYNAMIC) {
      if (step != 1) {
        throw node.refused("it steps along a dynamic axis; give the axis a static length");
      }
      return from == 0 && to >= Integer.MAX_VALUE ? value : node.op().slice(value, axis, from, to);
    }
    SliceBounds bounds = SliceBounds.of(from, to, step, length);
    if (step > 0) {
      return bounds.count() == length
          ? value
          : node.op().slice(value, axis, bounds.from(), bounds.to(), step);
    }
    long[] places =
        LongStream.range(0, bounds.count()).map(index -> bounds.from() + index * step).toArray();
    return node.op().gather(value, axis, node.graph().integers(places));
  }

  private static Value betweenUnknown(
      NodeReading node, Value value, int axis, int index, long step) {
    if (step != 1) {
      throw node.refused("it steps between bounds known only when run; fix the bounds");
    }
    Operators op = node.op();
    Value from = op.slice(node.value(1), 0, index, index + 1L);
    Value to = op.slice(node.value(2), 0, index, index + 1L);
    return op.slice(value, axis, from, to);
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static Value tile(NodeReading node) {
    Value result = node.value(0);
    long[] repeats = node.integersOf(1, "how often it repeats");
    for (int axis = 0; axis < repeats.length; axis++) {
      if (repeats[axis] != 1) {
        result = repeated(node, result, axis, repeats[axis]);
      }
    }
    return result;
  }

  private static Value repeated(NodeReading node, Value value, int axis, long times) {
    Operators op = node.op();
    if (!value.shape().isStatic()) {
      return op.concat(axis, Collections.nCopies((int) times, value));
    }
    Value column = op.unsqueeze(value, axis);
    long[] wide = ones(column.shape().rank());
    wide[axis] = times;
    return op.reshape(
        op.expand(column, wide),
        value.shape().with(axis, value.shape().at(axis) * times).toArray());
  }

  private static Value pad(NodeReading node) {
    Value value = node.value(0);
    int rank = value.shape().rank();
    long[] given = node.integersOf(1, "how far it pads");
    long[] axes =
        node.has(3)
            ? node.integersOf(3, "which axes it pads")
            : LongStream.range(0, rank).toArray();
    long[] before = new long[rank];
    long[] behind = new long[rank];
    for (int index = 0; index < axes.length; index++) {
      int axis = value.shape().axis((int) axes[index]);
      before[axis] = given[index];
      behind[axis] = given[axes.length + index];
    }
    String mode = node.text("mode", "constant");
    if (!mode.equals("constant")) {
      return mirrored(node, value, before, behind, mode);
    }
    if (!node.has(2)) {
      return node.op().pad(value, before, behind, 0);
    }
    Known number =
        node.whole(2)
            .orElseThrow(
                () -> node.refused("the number that it pads with is computed; make it a constant"));
    return node.op().pad(value, before, behind, number.single());
  }

  /** Padding with the tensor's own elements: a choice of places along each axis. */
  private static Value mirrored(
      NodeReading node, Value value, long[] before, long[] behind, String mode) {
    Value result = value;
    for (int axis = 0; axis < before.length; axis++) {
      if (before[axis] == 0 && behind[axis] == 0) {
        continue;
      }
      long length = value.shape().at(axis);
      if (length == Shape.DYNAMIC) {
        throw node.refused("it mirrors a dynamic axis; give the axis a static length");
      }
      long[] places =
          LongStream.range(-before[axis], length + behind[axis])
              .map(place -> source(place, length, mode))
              .toArray();
      result = node.op().gather(result, axis, node.graph().integers(places));
    }
    return result;
  }

  private static long source(long place, long length, String mode) {
    return switch (mode) {
      case "edge" -> Math.clamp(place, 0, length - 1);
      case "wrap" -> Math.floorMod(place, length);
      case "reflect" -> {
        long period = Math.max(1, 2 * (length - 1));
        long folded = Math.floorMod(place, period);
        yield folded < length ? folded : period - folded;
      }
      default -> throw new IllegalArgumentException("pads by mode " + mode);
    };
  }

  private static Value triangle(NodeReading node) {
    long offset = node.has(1) ? node.integersOf(1, "its diagonal")[0] : 0;
    return node.op().triangle(node.value(0), node.integer("upper", 1) != 0, offset);
  }
}
