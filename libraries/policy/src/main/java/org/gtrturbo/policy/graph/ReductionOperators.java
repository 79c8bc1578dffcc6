package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that fold axes into one number each, or run along one. */
public sealed interface ReductionOperators extends OperatorFamily permits Operators {

  default Value reduceSum(Value value, boolean keepDimensions, int... axes) {
    return reduce("ReduceSum", value, keepDimensions, axes);
  }

  default Value reduceMean(Value value, boolean keepDimensions, int... axes) {
    return reduce("ReduceMean", value, keepDimensions, axes);
  }

  /** The largest elements; where several are equally large they share the gradient evenly. */
  default Value reduceMax(Value value, boolean keepDimensions, int... axes) {
    return reduce("ReduceMax", value, keepDimensions, axes);
  }

  /** The smallest elements; where several are equally small they share the gradient evenly. */
  default Value reduceMin(Value value, boolean keepDimensions, int... axes) {
    return reduce("ReduceMin", value, keepDimensions, axes);
  }

  /** √Σx² along the axes, which stay as 1; its gradient at 0 is 0, as in PyTorch. */
  default Value length(Value value, int... axes) {
    Value kept = op().sqrt(reduceSum(op().square(value), true, axes));
    Value zero = graph().scalar(0);
    graph()
        .differentiateBy(
            kept,
            (gradients, node) -> {
              Value isZero = op().equal(kept, zero);
              Value divisor = op().where(isZero, graph().scalar(1), kept);
              Value share = op().divide(gradients.gradientOf(node), divisor);
              gradients.accumulate(value, op().multiply(value, share));
            });
    return kept;
  }

  /** The sum of all elements, rank 0. */
  default Value sum(Value value) {
    return value.shape().rank() == 0 ? value : reduceSum(value, false, allAxes(value));
  }

  /** The mean of all elements, rank 0. */
  default Value mean(Value value) {
    return value.shape().rank() == 0 ? value : reduceMean(value, false, allAxes(value));
  }

  /** The largest element, rank 0. */
  default Value max(Value value) {
    return reduceMax(value, false, allAxes(value));
  }

  /** The smallest element, rank 0. */
  default Value min(Value value) {
    return reduceMin(value, false, allAxes(value));
  }

  /** Index of the largest element along the last axis, which goes. No gradient. */
  default Value argMax(Value value) {
    long[] shape = Arrays.copyOf(value.shape().toArray(), value.shape().rank() - 1);
    return graph()
        .apply(
            "ArgMax", Map.of("axis", -1L, "keepdims", 0L), DataType.INT64, Shape.of(shape), value);
  }

  /** Running sums along the last axis. */
  default Value cumulativeSum(Value value) {
    return graph()
        .apply(
            "CumSum",
            Map.of(),
            value.type(),
            value.shape(),
            value,
            graph().integer(value.shape().rank() - 1));
  }

  /**
   * Running sums along {@code axis}.
   *
   * @param exclusive whether a sum leaves out the element at its own place
   * @param reverse whether the sums run from the end to the front
   */
  default Value cumulativeSum(Value value, int axis, boolean exclusive, boolean reverse) {
    return graph()
        .apply(
            "CumSum",
            Map.of("exclusive", exclusive ? 1L : 0L, "reverse", reverse ? 1L : 0L),
            value.type(),
            value.shape(),
            value,
            graph().integer(value.shape().axis(axis)));
  }

  /** A reduction of ONNX by its name, of the operand's type. */
  default Value reduce(String operator, Value value, boolean keepDimensions, int... axes) {
    List<Long> shape = new ArrayList<>(Arrays.stream(value.shape().toArray()).boxed().toList());
    long[] sorted =
        Arrays.stream(axes).map(value.shape()::axis).sorted().mapToLong(axis -> axis).toArray();
    for (int index = sorted.length - 1; index >= 0; index--) {
      int axis = (int) sorted[index];
      if (keepDimensions) {
        shape.set(axis, 1L);
      } else {
        shape.remove(axis);
      }
    }
    return graph()
        .apply(
            operator,
            Map.of("keepdims", keepDimensions ? 1L : 0L),
            value.type(),
            Shape.of(shape),
            value,
            graph().integers(sorted));
  }

  private static int[] allAxes(Value value) {
    int[] axes = new int[value.shape().rank()];
    Arrays.setAll(axes, axis -> axis);
    return axes;
  }
}
