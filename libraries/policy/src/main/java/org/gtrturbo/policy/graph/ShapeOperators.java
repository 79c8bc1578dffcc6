package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that move, cut, join or stretch tensors without computing on their elements. */
public sealed interface ShapeOperators extends OperatorFamily permits Operators {

  /**
   * As ONNX Reshape: -1 stands for what is left over, 0 for the input's dimension at that place.
   *
   * @return {@code value} itself where that is its shape
   */
  default Value reshape(Value value, long... shape) {
    Shape result = Reshaping.result(value.shape(), shape);
    boolean isItsShape =
        result.equals(value.shape())
            && Arrays.stream(result.toArray()).filter(at -> at == Shape.DYNAMIC).count() <= 1;
    return isItsShape
        ? value
        : graph().apply("Reshape", Map.of(), value.type(), result, value, graph().integers(shape));
  }

  /**
   * @param shape INT64 vector, known when the graph runs
   * @param known what is known of it now
   */
  default Value reshape(Value value, Value shape, Shape known) {
    return graph().apply("Reshape", Map.of(), value.type(), known, value, shape);
  }

  /** {@code value} in the shape that {@code like} has at run time. */
  default Value reshapeLike(Value value, Value like) {
    long[] shape = like.shape().toArray();
    long dynamic = Arrays.stream(shape).filter(dimension -> dimension == Shape.DYNAMIC).count();
    return dynamic <= 1 ? reshape(value, shape) : reshape(value, shapeOf(like), like.shape());
  }

  default Value transpose(Value value, int... permutation) {
    long[] shape = new long[permutation.length];
    long[] order = new long[permutation.length];
    for (int axis = 0; axis < permutation.length; axis++) {
      shape[axis] = value.shape().at(permutation[axis]);
      order[axis] = permutation[axis];
    }
    return graph().apply("Transpose", Map.of("perm", order), value.type(), Shape.of(shape), value);
  }

  /** {@code value} with its last two axes exchanged. */
  default Value transposeLast(Value value) {
    int rank = value.shape().rank();
    int[] permutation = new int[rank];
    Arrays.setAll(permutation, axis -> axis);
    permutation[rank - 2] = rank - 1;
    permutation[rank - 1] = rank - 2;
    return transpose(value, permutation);
  }

  default Value unsqueeze(Value value, int axis) {
    int rank = value.shape().rank() + 1;
    int at = axis < 0 ? axis + rank : axis;
    List<Long> shape = new ArrayList<>(Arrays.stream(value.shape().toArray()).boxed().toList());
    shape.add(at, 1L);
    return graph()
        .apply("Unsqueeze", Map.of(), value.type(), Shape.of(shape), value, graph().integers(at));
  }

  default Value squeeze(Value value, int axis) {
    int at = value.shape().axis(axis);
    List<Long> shape = new ArrayList<>(Arrays.stream(value.shape().toArray()).boxed().toList());
    shape.remove(at);
    return graph()
        .apply("Squeeze", Map.of(), value.type(), Shape.of(shape), value, graph().integers(at));
  }

  default Value concat(int axis, Value... values) {
    return concat(axis, List.of(values));
  }

  default Value concat(int axis, List<Value> values) {
    Shape first = values.getFirst().shape();
    long length = 0;
    for (Value value : values) {
      long dimension = value.shape().at(axis);
      length =
          length == Shape.DYNAMIC || dimension == Shape.DYNAMIC
              ? Shape.DYNAMIC
              : length + dimension;
    }
    Shape shape = first.with(axis, length);
    for (Value value : values) {
      shape = shape.refinedBy(value.shape().with(axis, length));
    }
    return graph()
        .apply(
            "Concat",
            Map.of("axis", (long) first.axis(axis)),
            values.getFirst().type(),
            shape,
            values.toArray(Value[]::new));
  }

  /**
   * Consecutive parts of {@code value} along {@code axis}, of the sizes given, which add up to its
   * dimension.
   */
  default List<Value> split(Value value, int axis, long... sizes) {
    if (Arrays.stream(sizes).sum() != value.shape().at(axis)) {
      throw new IllegalArgumentException(
          "sizes " + Arrays.toString(sizes) + " must add up to axis " + axis + " of " + value);
    }
    List<Value> parts =
        Arrays.stream(sizes)
            .mapToObj(size -> graph().fresh("Split", value.type(), value.shape().with(axis, size)))
            .toList();
    graph()
        .add(
            new Node(
                "Split",
                List.of(value, graph().integers(sizes)),
                parts,
                Map.of("axis", (long) value.shape().axis(axis))));
    return parts;
  }

  /**
   * Elements {@code from} (inclusive) to {@code to} (exclusive; Long.MAX_VALUE: the end) along
   * {@code axis}.
   */
  default Value slice(Value value, int axis, long from, long to) {
    long dimension = value.shape().at(axis);
    long length =
        dimension == Shape.DYNAMIC
            ? Shape.DYNAMIC
            : Math.min(to, dimension) - Math.min(from, dimension);
    return graph()
        .apply(
            "Slice",
            Map.of(),
            value.type(),
            value.shape().with(axis, length),
            value,
            graph().integers(from),
            graph().integers(to),
            graph().integers(value.shape().axis(axis)));
  }

  /**
   * Every {@code step}-th element from {@code from} to before {@code to} along {@code axis}, whose
   * dimension is static.
   *
   * @param from at least 0
   * @param to at most the dimension
   * @param step at least 1
   */
  default Value slice(Value value, int axis, long from, long to, long step) {
    if (step == 1) {
      return slice(value, axis, from, to);
    }
    long length = Math.max(0, Math.ceilDiv(to - from, step));
    return graph()
        .apply(
            "Slice",
            Map.of(),
            value.type(),
            value.shape().with(axis, length),
            value,
            graph().integers(from),
            graph().integers(to),
            graph().integers(value.shape().axis(axis)),
            graph().integers(step));
  }

  /**
   * A slice along {@code axis} between bounds that are known when the graph runs.
   *
   * @param from INT64 vector of one element
   * @param to INT64 vector of one element
   */
  default Value slice(Value value, int axis, Value from, Value to) {
    return graph()
        .apply(
            "Slice",
            Map.of(),
            value.type(),
            value.shape().with(axis, Shape.DYNAMIC),
            value,
            from,
            to,
            graph().integers(value.shape().axis(axis)));
  }

  /**
   * {@code value} with {@code number} before and behind it along every axis.
   *
   * @param before how many elements in front, per axis; negative ones cut off
   */
  default Value pad(Value value, long[] before, long[] behind, double number) {
    int rank = value.shape().rank();
    long[] pads = Arrays.copyOf(before, 2 * rank);
    System.arraycopy(behind, 0, pads, rank, rank);
    long[] shape = value.shape().toArray();
    for (int axis = 0; axis < rank; axis++) {
      shape[axis] =
          shape[axis] == Shape.DYNAMIC ? Shape.DYNAMIC : before[axis] + shape[axis] + behind[axis];
    }
    return graph()
        .apply(
            "Pad",
            Map.of(),
            value.type(),
            Shape.of(shape),
            value,
            graph().integers(pads),
            graph().constant(value.type(), new double[] {number}));
  }

  default Value expand(Value value, long... shape) {
    return graph()
        .apply(
            "Expand",
            Map.of(),
            value.type(),
            value.shape().broadcast(Shape.of(shape)),
            value,
            graph().integers(shape));
  }

  /**
   * @param shape INT64 vector, known when the graph runs
   * @param known what is known of the result's shape now
   */
  default Value expand(Value value, Value shape, Shape known) {
    return graph().apply("Expand", Map.of(), value.type(), known, value, shape);
  }

  /** Zeros of {@code like}'s type and, at run time, its shape. */
  default Value zerosLike(Value like) {
    return stretch(graph().constant(like.type(), new double[] {0}), like);
  }

  /** {@code value} stretched by broadcasting to the shape that {@code like} has at run time. */
  default Value stretch(Value value, Value like) {
    Value shape =
        like.shape().isStatic() ? graph().integers(like.shape().toArray()) : shapeOf(like);
    return graph().apply("Expand", Map.of(), value.type(), like.shape(), value, shape);
  }

  /** The shape that {@code value} has at run time: an INT64 vector. */
  default Value shapeOf(Value value) {
    return graph().apply("Shape", Map.of(), DataType.INT64, Shape.of(value.shape().rank()), value);
  }

  /** The upper (or lower) triangle of the last two axes, from diagonal {@code offset} on. */
  default Value triangle(Value value, boolean upper, long offset) {
    return graph()
        .apply(
            "Trilu",
            Map.of("upper", upper ? 1L : 0L),
            value.type(),
            value.shape(),
            value,
            graph().integer(offset));
  }
}
