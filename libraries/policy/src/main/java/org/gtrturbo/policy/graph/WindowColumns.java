package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Convolutions as products of matrices: what stands in the windows, laid out in columns, times the
 * weights.
 *
 * <p>All tensors inside have their channels last, so that the parts of windows are runs of memory.
 */
final class WindowColumns {
  private final Operators op;
  private final Windows windows;
  private final long group;

  WindowColumns(Operators op, Windows windows, long group) {
    this.op = op;
    this.windows = windows;
    this.group = group;
  }

  /** A convolution's result (batch, out, spatial...). */
  Value product(Value input, Value weight, Shape result) {
    long out = weight.shape().at(0);
    Value columns = columns(input);
    // (group, in / group · kernel, out / group)
    Value weights = op.transpose(op.reshape(channelsLast(weight), group, out / group, -1), 0, 2, 1);
    return fromRows(op.matMul(columns, weights), result);
  }

  /** A transposed convolution's result (batch, out, spatial...). */
  Value transposedProduct(Value input, Value weight, Shape result) {
    long in = weight.shape().at(0);
    // (group, rows, kernel · out / group)
    Value columns =
        op.matMul(
            rows(channelsLast(input), in), op.reshape(channelsLast(weight), group, in / group, -1));
    List<List<Long>> places = windows.places();
    long share = weight.shape().at(1);
    Shape placedShape = input.shape().with(1, share * group);
    List<Value> parts = new ArrayList<>();
    for (int index = 0; index < places.size(); index++) {
      Value part = op.slice(columns, 2, index * share, (index + 1) * share);
      parts.add(placed(fromRows(part, placedShape), places.get(index), result));
    }
    return parts.stream().reduce(op::add).orElseThrow();
  }

  /**
   * The gradient of a convolution's weights.
   *
   * @param input (batch, in, spatial...), what the windows go over
   * @param gradient (batch, out, spatial...)
   * @param weight the weights' shape (out, in / group, kernel...)
   */
  Value weightGradient(Value input, Value gradient, Shape weight) {
    long out = weight.at(0);
    Value rows = rows(channelsLast(gradient), out);
    Value product = op.matMul(op.transpose(rows, 0, 2, 1), columns(input));
    // (out, kernel..., in / group)
    long[] shape = new long[weight.rank()];
    shape[0] = out;
    for (int axis = 2; axis < weight.rank(); axis++) {
      shape[axis - 1] = weight.at(axis);
    }
    shape[weight.rank() - 1] = weight.at(1);
    return op.transpose(op.reshape(product, shape), channelsSecond(weight.rank()));
  }

  /** A vector over channels, ready to be added to (batch, channels, spatial...). */
  Value alongChannels(Value vector) {
    long[] shape = new long[windows.axes() + 1];
    Arrays.fill(shape, 1);
    shape[0] = vector.shape().at(0);
    return op.reshape(vector, shape);
  }

  /** (group, batch · windows, kernel · in / group). */
  private Value columns(Value input) {
    long channels = input.shape().at(1);
    Value padded = padded(channelsLast(input));
    List<Value> parts = new ArrayList<>();
    for (List<Long> place : windows.places()) {
      parts.add(rows(op.part(padded, windows, place, 1), channels));
    }
    return parts.size() == 1 ? parts.getFirst() : op.concat(2, parts);
  }

  private Value padded(Value channelsLast) {
    if (!windows.isPadded()) {
      return channelsLast;
    }
    long[] before = new long[windows.axes() + 2];
    long[] behind = new long[windows.axes() + 2];
    for (int axis = 0; axis < windows.axes(); axis++) {
      before[axis + 1] = windows.before().get(axis);
      behind[axis + 1] = windows.behind().get(axis);
    }
    return op.pad(channelsLast, before, behind, 0);
  }

  /** What windows hold at {@code place}, put back there among zeros; all channels second. */
  Value placed(Value part, List<Long> place, Shape result) {
    Value spread = part;
    int rank = part.shape().rank();
    long[] before = new long[rank];
    long[] behind = new long[rank];
    for (int axis = 0; axis < windows.axes(); axis++) {
      spread = op.spread(spread, axis + 2, windows.strides().get(axis));
      before[axis + 2] =
          place.get(axis) * windows.dilations().get(axis) - windows.before().get(axis);
      behind[axis + 2] = result.at(axis + 2) - spread.shape().at(axis + 2) - before[axis + 2];
    }
    return op.pad(spread, before, behind, 0);
  }

  private Value channelsLast(Value value) {
    int rank = value.shape().rank();
    int[] order = new int[rank];
    for (int axis = 1; axis < rank - 1; axis++) {
      order[axis] = axis + 1;
    }
    order[rank - 1] = 1;
    return op.transpose(value, order);
  }

  private static int[] channelsSecond(int rank) {
    int[] order = new int[rank];
    order[1] = rank - 1;
    for (int axis = 2; axis < rank; axis++) {
      order[axis] = axis - 1;
    }
    return order;
  }

  /** (batch, spatial..., channels) as (group, batch · spatial, channels / group). */
  private Value rows(Value channelsLast, long channels) {
    if (group == 1) {
      return op.reshape(channelsLast, 1, -1, channels);
    }
    return op.transpose(op.reshape(channelsLast, -1, group, channels / group), 1, 0, 2);
  }

  /** (group, batch · spatial, channels / group) as the shape given, channels second. */
  private Value fromRows(Value rows, Shape shape) {
    long[] last = new long[shape.rank()];
    last[0] = -1;
    for (int axis = 2; axis < shape.rank(); axis++) {
      last[axis - 1] = shape.at(axis);
    }
    last[shape.rank() - 1] = shape.at(1);
    Value joined = group == 1 ? rows : op.transpose(rows, 1, 0, 2);
    return op.transpose(op.reshape(joined, last), channelsSecond(shape.rank()));
  }
}
