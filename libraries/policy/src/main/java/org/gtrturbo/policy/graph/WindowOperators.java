package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Operators over sliding windows of (batch, channels, spatial axes...). The batch may be dynamic,
 * the spatial axes not.
 */
public sealed interface WindowOperators extends OperatorFamily permits Operators {

  /**
   * Cross-correlation, as ONNX Conv.
   *
   * @param weight (out, in / group, kernel...)
   * @param bias (out)
   */
  default Value convolution(
      Value input, Value weight, Optional<Value> bias, Windows windows, long group) {
    Shape shape = spatial(input.shape().at(0), weight.shape().at(0), windows.counts(input.shape()));
    return new Convolution(input, weight, bias, windows, group, shape).emit(op());
  }

  /**
   * The transpose of {@link #convolution}, as ONNX ConvTranspose.
   *
   * @param weight (in, out / group, kernel...)
   * @param lengths the result's spatial dimensions, since a stride leaves several possible
   */
  default Value transposedConvolution(
      Value input, Value weight, Windows windows, long group, List<Long> lengths) {
    Shape shape = spatial(input.shape().at(0), weight.shape().at(1) * group, lengths);
    return new TransposedConvolution(input, weight, windows, group, shape).emit(op());
  }

  /** The largest element of each window; of equal ones the first takes the gradient. */
  default Value maxPool(Value input, Windows windows) {
    Shape shape = spatial(input.shape().at(0), input.shape().at(1), windows.counts(input.shape()));
    Map<String, Object> attributes = new HashMap<>(windows.attributes());
    attributes.put("dilations", windows.dilationArray());
    Value result = graph().fresh("MaxPool", input.type(), shape);
    Value places = graph().fresh("Places", DataType.INT64, shape);
    graph().add(new Node("MaxPool", List.of(input), List.of(result, places), attributes));
    return result;
  }

  /** The mean of each window, none of which is padded. */
  default Value averagePool(Value input, Windows windows) {
    if (windows.isPadded()) {
      throw new IllegalArgumentException("averagePool takes a padded input, not padded windows");
    }
    Shape shape = spatial(input.shape().at(0), input.shape().at(1), windows.counts(input.shape()));
    return new AveragePooling(input, windows, shape).emit(op());
  }

  /**
   * What stands at {@code place} of each window.
   *
   * @param input already padded
   * @param firstAxis where the spatial axes begin
   */
  default Value part(Value input, Windows windows, List<Long> place, int firstAxis) {
    Value part = input;
    for (int axis = 0; axis < windows.axes(); axis++) {
      long stride = windows.strides().get(axis);
      long from = place.get(axis) * windows.dilations().get(axis);
      long length = input.shape().at(axis + firstAxis);
      long count = (length - windows.reach(axis)) / stride + 1;
      part = op().slice(part, axis + firstAxis, from, from + (count - 1) * stride + 1, stride);
    }
    return part;
  }

  /** {@code input} between {@code step} − 1 zeros after each element along {@code axis}. */
  default Value spread(Value input, int axis, long step) {
    if (step == 1) {
      return input;
    }
    Value column = op().unsqueeze(input, axis + 1);
    long[] none = new long[column.shape().rank()];
    long[] behind = none.clone();
    behind[axis + 1] = step - 1;
    Value padded = op().pad(column, none, behind, 0);
    long[] shape = input.shape().toArray();
    shape[axis] *= step;
    return op().reshape(padded, shape);
  }

  private static Shape spatial(long batch, long channels, List<Long> lengths) {
    List<Long> shape = new ArrayList<>(Arrays.asList(batch, channels));
    shape.addAll(lengths);
    return Shape.of(shape);
  }
}
