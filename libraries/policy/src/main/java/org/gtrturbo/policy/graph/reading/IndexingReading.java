package org.gtrturbo.policy.graph.reading;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.SliceBounds;
import org.gtrturbo.policy.graph.Value;

/** Operators that pick or place elements by index; negative indices count from the end. */
final class IndexingReading {
  private IndexingReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    return Map.of(
        "Gather", ReadingRules.single(IndexingReading::gather),
        "GatherElements", ReadingRules.single(IndexingReading::gatherElements),
        "GatherND", ReadingRules.single(IndexingReading::gatherNd),
        "ScatterElements", ReadingRules.single(IndexingReading::scatterElements),
        "ScatterND", ReadingRules.single(IndexingReading::scatterNd),
        "OneHot", ReadingRules.single(IndexingReading::oneHot),
        "TopK", IndexingReading::topK);
  }

  /** Known indices that follow each other are a slice. */
  private static Value gather(NodeReading node) {
    Operators op = node.op();
    Value value = node.value(0);
    int axis = value.shape().axis((int) node.integer("axis", 0));
    Optional<Known> indices = node.whole(1);
    if (indices.isPresent() && indices.get().shape().rank() <= 1) {
      long[] places = indices.get().asIntegers();
      boolean isRun = places.length > 0;
      for (int index = 1; index < places.length; index++) {
        isRun &= places[index] == places[index - 1] + 1 && places[index] != 0;
      }
      if (isRun) {
        long end = places[places.length - 1] + 1;
        Value cut = slice(op, value, axis, places[0], end == 0 ? Long.MAX_VALUE : end);
        return indices.get().shape().rank() == 0 ? op.squeeze(cut, axis) : cut;
      }
    }
    return op.gather(value, axis, counted(node, node.operand(1), value.shape().at(axis)));
  }

  private static Value slice(Operators op, Value value, int axis, long from, long to) {
    long length = value.shape().at(axis);
    if (length == Shape.DYNAMIC) {
      return op.slice(value, axis, from, to);
    }
    SliceBounds bounds = SliceBounds.of(from, to, 1, length);
    return op.slice(value, axis, bounds.from(), bounds.to());
  }

  /** {@code indices} counted from the front of an axis of {@code length}. */
  private static Value counted(NodeReading node, Operand indices, long length) {
    Optional<Known> known = indices.known().filter(Known::isWhole);
    boolean isCounted =
        known.isPresent() && Arrays.stream(known.get().numbers()).noneMatch(index -> index < 0);
    if (isCounted || length == Shape.DYNAMIC) {
      return indices.value();
    }
    Operators op = node.op();
    Value from = node.graph().integer(0);
    Value moved = op.add(indices.value(), node.graph().integer(length));
    return op.where(op.less(indices.value(), from), moved, indices.value());
  }

  private static Value gatherElements(NodeReading node) {
    return node.op().gatherElements(node.value(0), (int) node.integer("axis", 0), node.value(1));
  }

  private static Value scatterElements(NodeReading node) {
    Value into = node.value(0);
    int axis = into.shape().axis((int) node.integer("axis", 0));
    return adds(node)
        ? node.op().scatterAdd(into, axis, node.value(1), node.value(2))
        : node.op().scatter(into, axis, node.value(1), node.value(2));
  }

  private static boolean adds(NodeReading node) {
    return switch (node.text("reduction", "none")) {
      case "none" -> false;
      case "add" -> true;
      default ->
          throw node.refused(
              "it reduces by "
                  + node.text("reduction", "none")
                  + "; scatter by addition, or combine the tensors by Where");
    };
  }

  /** Rows of the tensor whose indexed axes are joined to one. */
  private static Value gatherNd(NodeReading node) {
    if (node.integer("batch_dims", 0) != 0) {
      throw node.refused("it has batch_dims; index by GatherElements (torch.gather) instead");
    }
    Operators op = node.op();
    Value value = node.value(0);
    int indexed = (int) node.operand(1).shape().at(-1);
    long[] rest = Arrays.copyOfRange(value.shape().toArray(), indexed, value.shape().rank());
    long[] joined = LongStream.concat(LongStream.of(-1), Arrays.stream(rest)).toArray();
    Value rows = op.reshape(value, withRows(value.shape(), indexed, joined));
    return op.gather(rows, 0, rowNumbers(node, value, indexed));
  }

  private static long[] withRows(Shape shape, int indexed, long[] joined) {
    Shape front = Shape.of(Arrays.copyOf(shape.toArray(), indexed));
    if (front.isStatic()) {
      joined[0] = front.elements();
    }
    return joined;
  }

  /** The last axis of the indices, counted over the indexed axes joined to one. */
  private static Value rowNumbers(NodeReading node, Value of, int indexed) {
    Operators op = node.op();
    Shape shape = of.shape();
    double[] strides = new double[indexed];
    double[] lengths = new double[indexed];
    long stride = 1;
    for (int axis = indexed - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      lengths[axis] = shape.at(axis);
      if (shape.at(axis) == Shape.DYNAMIC && axis > 0) {
        throw node.refused("it indexes a dynamic axis; give the axis a static length");
      }
      stride *= shape.at(axis);
    }
    Value indices = node.value(1);
    Value ends =
        shape.at(0) == Shape.DYNAMIC
            ? op.slice(op.shapeOf(of), 0, 0, indexed)
            : node.graph().constant(DataType.INT64, lengths, indexed);
    Value moved = op.add(indices, ends);
    Value counted = op.where(op.less(indices, node.graph().integer(0)), moved, indices);
    Value weighted = op.multiply(counted, node.graph().constant(DataType.INT64, strides, indexed));
    return op.reduceSum(weighted, false, -1);
  }

  private static Value scatterNd(NodeReading node) {
    Operators op = node.op();
    Value into = node.value(0);
    int indexed = (int) node.operand(1).shape().at(-1);
    Shape row = Shape.of(Arrays.copyOfRange(into.shape().toArray(), indexed, into.shape().rank()));
    if (!row.isStatic()) {
      throw node.refused("it places rows of a dynamic length; give their axes static lengths");
    }
    long width = row.elements();
    Value rows = op.reshape(into, withRows(into.shape(), indexed, new long[] {-1, width}));
    Value updates = op.reshape(node.value(2), -1, width);
    Value places = op.reshape(rowNumbers(node, into, indexed), -1, 1);
    Value spread = op.stretch(places, updates);
    Value placed =
        adds(node) ? op.scatterAdd(rows, 0, spread, updates) : op.scatter(rows, 0, spread, updates);
    return op.reshapeLike(placed, into);
  }

  private static Value oneHot(NodeReading node) {
    Operators op = node.op();
    long depth = node.integersOf(1, "its depth")[0];
    Value indices = counted(node, node.operand(0), depth);
    Value integers = indices.type() == DataType.INT64 ? indices : op.cast(indices, DataType.INT64);
    int rank = indices.shape().rank() + 1;
    int axis = (int) node.integer("axis", -1);
    int at = axis < 0 ? axis + rank : axis;
    long[] shape = new long[rank];
    Arrays.fill(shape, 1);
    shape[at] = depth;
    double[] numbers = new double[Math.toIntExact(depth)];
    Arrays.setAll(numbers, index -> index);
    Value places = node.graph().constant(DataType.INT64, numbers, shape);
    Value off = op.squeeze(op.slice(node.value(2), 0, 0, 1), 0);
    Value on = op.squeeze(op.slice(node.value(2), 0, 1, 2), 0);
    return op.where(op.equal(op.unsqueeze(integers, at), places), on, off);
  }

  /** Values are picked by their places, so that the gradient goes back there. */
  private static List<Operand> topK(NodeReading node) {
    Value value = node.value(0);
    int axis = value.shape().axis((int) node.integer("axis", -1));
    long count = node.integersOf(1, "how many it picks")[0];
    boolean largest = node.integer("largest", 1) != 0;
    boolean sorted = node.integer("sorted", 1) != 0;
    Value places = node.op().topPlaces(value, axis, count, largest, sorted);
    return List.of(Operand.of(node.op().gatherElements(value, axis, places)), Operand.of(places));
  }
}
