package org.gtrturbo.policy.graph;

import java.util.Arrays;
import java.util.List;

/**
 * Means over windows without padding, and their gradient.
 *
 * @param result the result's shape
 */
record AveragePooling(Value input, Windows windows, Shape result) {

  Value emit(Operators op) {
    Value value =
        input.type() == DataType.FLOAT && !windows.isDilated()
            ? op.graph().apply("AveragePool", windows.attributes(), input.type(), result, input)
            : mean(op);
    op.graph().differentiateBy(value, this::differentiate);
    return value;
  }

  /** Without an AveragePool kernel: ONNX Runtime has none for DOUBLE, nor for dilations. */
  private Value mean(Operators op) {
    List<Value> parts =
        windows.places().stream().map(place -> op.part(input, windows, place, 2)).toList();
    Value sum = parts.stream().reduce(op::add).orElseThrow();
    return op.multiply(sum, 1.0 / windows.elements());
  }

  private void differentiate(Gradients gradients, Node node) {
    Operators op = gradients.graph().operators();
    Value share = op.multiply(gradients.gradientOf(node), 1.0 / windows.elements());
    gradients.accumulate(input, tiles() ? tiled(op, share) : overlapped(op, share));
  }

  /** Whether windows stand side by side. */
  private boolean tiles() {
    return !windows.isDilated() && windows.strides().equals(windows.kernel());
  }

  private Value tiled(Operators op, Value share) {
    Value stretched = share;
    int rank = input.shape().rank();
    for (int axis = 2; axis < rank; axis++) {
      long[] wide = new long[rank + 1];
      Arrays.fill(wide, 1);
      wide[axis + 1] = windows.kernel().get(axis - 2);
      Value column = op.expand(op.unsqueeze(stretched, axis + 1), wide);
      long[] joined = stretched.shape().toArray();
      joined[axis] *= windows.kernel().get(axis - 2);
      stretched = op.reshape(column, joined);
    }
    long[] none = new long[rank];
    long[] uncovered = new long[rank];
    boolean isWhole = true;
    for (int axis = 2; axis < rank; axis++) {
      uncovered[axis] = input.shape().at(axis) - stretched.shape().at(axis);
      isWhole &= uncovered[axis] == 0;
    }
    return isWhole ? stretched : op.pad(stretched, none, uncovered, 0);
  }

  private Value overlapped(Operators op, Value share) {
    WindowColumns columns = new WindowColumns(op, windows, 1);
    return windows.places().stream()
        .map(place -> columns.placed(share, place, input.shape()))
        .reduce(op::add)
        .orElseThrow();
  }
}
