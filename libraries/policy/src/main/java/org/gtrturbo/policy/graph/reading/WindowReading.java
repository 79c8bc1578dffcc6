package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;
import org.gtrturbo.policy.graph.Windows;

/** Convolutions and pools. */
final class WindowReading {
  private WindowReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    Map<String, ReadingRules.Rule> rules = new HashMap<>();
    rules.put("Conv", ReadingRules.single(WindowReading::convolution));
    rules.put("ConvTranspose", ReadingRules.single(WindowReading::transposed));
    rules.put("MaxPool", ReadingRules.single(WindowReading::maxPool));
    rules.put("AveragePool", ReadingRules.single(WindowReading::averagePool));
    rules.put(
        "GlobalAveragePool",
        ReadingRules.single(n -> n.op().reduceMean(n.value(0), true, spatial(n.value(0)))));
    rules.put(
        "GlobalMaxPool",
        ReadingRules.single(n -> n.op().reduceMax(n.value(0), true, spatial(n.value(0)))));
    rules.put("Resize", ReadingRules.single(ResizeReading::resize));
    return rules;
  }

  private static int[] spatial(Value value) {
    return IntStream.range(2, value.shape().rank()).toArray();
  }

  private static Value convolution(NodeReading node) {
    Value input = node.value(0);
    Value weight = node.value(1);
    Windows windows = windows(node, input.shape(), kernelOf(weight.shape()));
    return node.op()
        .convolution(input, weight, node.optional(2), windows, node.integer("group", 1));
  }

  private static List<Long> kernelOf(Shape weight) {
    return Arrays.stream(weight.toArray()).skip(2).boxed().toList();
  }

  private static Value transposed(NodeReading node) {
    Value input = node.value(0);
    Value weight = node.value(1);
    if (!node.text("auto_pad", "NOTSET").equals("NOTSET") || node.hasAttribute("output_shape")) {
      throw node.refused("it pads by itself; give pads and output_padding as numbers");
    }
    Windows windows = windows(node, input.shape(), kernelOf(weight.shape()));
    List<Long> more = numbers(node, "output_padding", windows.axes(), 0);
    List<Long> lengths = new ArrayList<>();
    for (int axis = 0; axis < windows.axes(); axis++) {
      lengths.add(
          (Windows.length(input.shape(), axis) - 1) * windows.strides().get(axis)
              + windows.reach(axis)
              - windows.before().get(axis)
              - windows.behind().get(axis)
              + more.get(axis));
    }
    Operators op = node.op();
    Value result =
        op.transposedConvolution(input, weight, windows, node.integer("group", 1), lengths);
    if (!node.has(2)) {
      return result;
    }
    long[] alongChannels = new long[windows.axes() + 1];
    Arrays.fill(alongChannels, 1);
    alongChannels[0] = node.operand(2).shape().at(0);
    return op.add(result, op.reshape(node.value(2), alongChannels));
  }

  private static Value maxPool(NodeReading node) {
    if (node.node().outputs().size() > 1) {
      throw node.refused("the places of its maxima are read; compute them by ArgMax");
    }
    Value input = node.value(0);
    return node.op()
        .maxPool(input, rounded(node, windows(node, input.shape(), kernel(node)), input));
  }

  private static List<Long> kernel(NodeReading node) {
    return Arrays.stream(node.integers("kernel_shape").orElseThrow()).boxed().toList();
  }

  /** Padded first; where padding does not count each mean is scaled to what did. */
  private static Value averagePool(NodeReading node) {
    Operators op = node.op();
    Value input = node.value(0);
    Windows given = windows(node, input.shape(), kernel(node));
    Windows windows = rounded(node, given, input);
    if (!windows.isPadded()) {
      return op.averagePool(input, windows);
    }
    int rank = input.shape().rank();
    long[] before = new long[rank];
    long[] behind = new long[rank];
    for (int axis = 2; axis < rank; axis++) {
      before[axis] = windows.before().get(axis - 2);
      behind[axis] = windows.behind().get(axis - 2);
    }
    Value padded = op.pad(input, before, behind, 0);
    Value means = op.averagePool(padded, windows.withoutPadding());
    boolean paddingCounts = node.integer("count_include_pad", 0) != 0;
    return op.multiply(means, shares(node, given, windows, input.shape(), paddingCounts));
  }

  /** For each window its elements over those that count. */
  private static Value shares(
      NodeReading node, Windows given, Windows windows, Shape input, boolean paddingCounts) {
    Value product = node.graph().scalar(1);
    for (int axis = 0; axis < windows.axes(); axis++) {
      long length = Windows.length(input, axis);
      long first = paddingCounts ? -given.before().get(axis) : 0;
      long end = length + (paddingCounts ? given.behind().get(axis) : 0);
      double[] share = new double[Math.toIntExact(windows.count(axis, length))];
      for (int window = 0; window < share.length; window++) {
        long from = window * windows.strides().get(axis) - windows.before().get(axis);
        long dilation = windows.dilations().get(axis);
        long counted =
            LongStream.range(0, windows.kernel().get(axis))
                .map(place -> from + place * dilation)
                .filter(place -> place >= first && place < end)
                .count();
        share[window] = (double) windows.kernel().get(axis) / counted;
      }
      long[] shape = new long[windows.axes() - axis];
      Arrays.fill(shape, 1);
      shape[0] = share.length;
      Value along = node.graph().constant(node.graph().floatType(), share, shape);
      product = node.op().multiply(product, along);
    }
    return product;
  }

  private static Windows windows(NodeReading node, Shape input, List<Long> kernel) {
    int axes = kernel.size();
    List<Long> strides = numbers(node, "strides", axes, 1);
    List<Long> dilations = numbers(node, "dilations", axes, 1);
    List<Long> pads = numbers(node, "pads", 2 * axes, 0);
    Windows given =
        new Windows(
            kernel, strides, pads.subList(0, axes), pads.subList(axes, 2 * axes), dilations);
    String padding = node.text("auto_pad", "NOTSET");
    return switch (padding) {
      case "NOTSET" -> given;
      case "VALID" -> given.withoutPadding();
      default -> same(given, input, padding.equals("SAME_UPPER"));
    };
  }

  /** As much padding as makes ⌈length / stride⌉ windows; an odd one goes behind for upper. */
  private static Windows same(Windows windows, Shape input, boolean isUpper) {
    List<Long> before = new ArrayList<>();
    List<Long> behind = new ArrayList<>();
    for (int axis = 0; axis < windows.axes(); axis++) {
      long length = Windows.length(input, axis);
      long stride = windows.strides().get(axis);
      long count = Math.ceilDiv(length, stride);
      long pad = Math.max(0, (count - 1) * stride + windows.reach(axis) - length);
      before.add(isUpper ? pad / 2 : pad - pad / 2);
      behind.add(isUpper ? pad - pad / 2 : pad / 2);
    }
    return new Windows(windows.kernel(), windows.strides(), before, behind, windows.dilations());
  }

  /** With ceil_mode a last window may reach over the end, if it begins before it. */
  private static Windows rounded(NodeReading node, Windows windows, Value input) {
    if (node.integer("ceil_mode", 0) == 0) {
      return windows;
    }
    List<Long> behind = new ArrayList<>();
    for (int axis = 0; axis < windows.axes(); axis++) {
      long length = Windows.length(input.shape(), axis);
      long stride = windows.strides().get(axis);
      long reach = windows.reach(axis);
      long before = windows.before().get(axis);
      long count = Math.ceilDiv(length + before + windows.behind().get(axis) - reach, stride) + 1;
      if ((count - 1) * stride >= length + before) {
        count--;
      }
      long needed = (count - 1) * stride + reach - length - before;
      behind.add(Math.max(needed, windows.behind().get(axis)));
    }
    return new Windows(
        windows.kernel(), windows.strides(), windows.before(), behind, windows.dilations());
  }

  private static List<Long> numbers(NodeReading node, String name, int count, long otherwise) {
    return node.integers(name)
        .map(given -> Arrays.stream(given).boxed().toList())
        .orElseGet(() -> LongStream.range(0, count).map(_ -> otherwise).boxed().toList());
  }
}
