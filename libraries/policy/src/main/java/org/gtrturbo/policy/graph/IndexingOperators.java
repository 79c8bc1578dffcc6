package org.gtrturbo.policy.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** Operators that pick or place elements by index. */
public sealed interface IndexingOperators extends OperatorFamily permits Operators {

  /**
   * 1 at the index that {@code indices} (INT64) names along a new last axis of {@code depth}, else
   * 0.
   */
  default Value oneHot(Value indices, long depth) {
    double[] numbers = new double[Math.toIntExact(depth)];
    Arrays.setAll(numbers, index -> index);
    Value iota = graph().constant(DataType.INT64, numbers, depth);
    return op().indicator(op().equal(op().unsqueeze(indices, -1), iota));
  }

  /** Rows of {@code value} along axis 0, chosen by {@code indices} (INT64) of any rank. */
  default Value gather(Value value, Value indices) {
    return gather(value, 0, indices);
  }

  /**
   * Slices of {@code value} along {@code axis}, which the axes of {@code indices} (INT64, not
   * negative) replace.
   */
  default Value gather(Value value, int axis, Value indices) {
    int at = value.shape().axis(axis);
    long[] own = value.shape().toArray();
    Shape shape =
        Shape.of(
            LongStream.concat(
                    LongStream.concat(
                        Arrays.stream(own, 0, at), Arrays.stream(indices.shape().toArray())),
                    Arrays.stream(own, at + 1, own.length))
                .toArray());
    return graph().apply("Gather", Map.of("axis", (long) at), value.type(), shape, value, indices);
  }

  /** Along the last axis, the elements that {@code indices} (INT64) name. */
  default Value gatherElements(Value value, Value indices) {
    return gatherElements(value, -1, indices);
  }

  /** Along {@code axis}, the elements that {@code indices} (INT64) name. */
  default Value gatherElements(Value value, int axis, Value indices) {
    return graph()
        .apply(
            "GatherElements",
            Map.of("axis", (long) axis),
            value.type(),
            indices.shape(),
            value,
            indices);
  }

  /**
   * Where the {@code count} largest or smallest elements along {@code axis} stand, int64. No
   * gradient.
   *
   * @param sorted whether they come in their order
   */
  default Value topPlaces(Value value, int axis, long count, boolean largest, boolean sorted) {
    Shape shape = value.shape().with(axis, count);
    Value places = graph().fresh("Places", DataType.INT64, shape);
    graph()
        .add(
            new Node(
                "TopK",
                List.of(value, graph().integers(count)),
                List.of(graph().fresh("TopK", value.type(), shape), places),
                Map.of(
                    "axis", (long) axis,
                    "largest", largest ? 1L : 0L,
                    "sorted", sorted ? 1L : 0L)));
    return places;
  }

  /** {@code into} with {@code updates} added at {@code indices} along the last axis. */
  default Value scatterAdd(Value into, Value indices, Value updates) {
    return scatterAdd(into, -1, indices, updates);
  }

  /**
   * {@code into} with {@code updates} added at {@code indices} along {@code axis}. Not ScatterND:
   * that one races on CPU where an index repeats (microsoft/onnxruntime#18048).
   */
  default Value scatterAdd(Value into, int axis, Value indices, Value updates) {
    return graph()
        .apply(
            "ScatterElements",
            Map.of("axis", (long) axis, "reduction", "add"),
            into.type(),
            into.shape(),
            into,
            indices,
            updates);
  }

  /**
   * {@code into} with {@code updates} in place of the elements at {@code indices} along {@code
   * axis}; no index may repeat.
   */
  default Value scatter(Value into, int axis, Value indices, Value updates) {
    return graph()
        .apply(
            "ScatterElements",
            Map.of("axis", (long) axis),
            into.type(),
            into.shape(),
            into,
            indices,
            updates);
  }
}
