package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How windows go over the spatial axes (all but the first two) of a tensor: one entry per spatial
 * axis in each list.
 *
 * @param before padding in front
 * @param behind padding behind
 * @param dilations distance of neighbours within a window
 */
public record Windows(
    List<Long> kernel,
    List<Long> strides,
    List<Long> before,
    List<Long> behind,
    List<Long> dilations) {
  public Windows {
    kernel = List.copyOf(kernel);
    strides = List.copyOf(strides);
    before = List.copyOf(before);
    behind = List.copyOf(behind);
    dilations = List.copyOf(dilations);
  }

  public int axes() {
    return kernel.size();
  }

  public long elements() {
    return kernel.stream().reduce(1L, Math::multiplyExact);
  }

  /** How far a window reaches along {@code axis}. */
  public long reach(int axis) {
    return (kernel.get(axis) - 1) * dilations.get(axis) + 1;
  }

  public boolean isPadded() {
    return before.stream().anyMatch(pad -> pad != 0) || behind.stream().anyMatch(pad -> pad != 0);
  }

  public Windows withoutPadding() {
    List<Long> none = kernel.stream().map(_ -> 0L).toList();
    return new Windows(kernel, strides, none, none, dilations);
  }

  /** How many windows fit along {@code axis} over {@code length} elements. */
  public long count(int axis, long length) {
    return (length + before.get(axis) + behind.get(axis) - reach(axis)) / strides.get(axis) + 1;
  }

  /** The spatial dimensions of what the windows over {@code input} give. */
  public List<Long> counts(Shape input) {
    List<Long> counts = new ArrayList<>();
    for (int axis = 0; axis < axes(); axis++) {
      counts.add(count(axis, length(input, axis)));
    }
    return counts;
  }

  /** The elements along spatial {@code axis} of {@code input}. */
  public static long length(Shape input, int axis) {
    long length = input.at(axis + 2);
    if (length == Shape.DYNAMIC) {
      throw new IllegalArgumentException(
          "windows over "
              + input
              + " need static dimensions but for the batch; give the picture's height and width"
              + " when exporting");
    }
    return length;
  }

  /** Each place within a window, the last axis running fastest. */
  public List<List<Long>> places() {
    List<List<Long>> places = List.of(List.of());
    for (long length : kernel) {
      List<List<Long>> longer = new ArrayList<>();
      for (List<Long> place : places) {
        for (long at = 0; at < length; at++) {
          List<Long> next = new ArrayList<>(place);
          next.add(at);
          longer.add(next);
        }
      }
      places = longer;
    }
    return places;
  }

  /** As attributes of Conv, ConvTranspose and the pools. */
  public Map<String, Object> attributes() {
    List<Long> pads = new ArrayList<>(before);
    pads.addAll(behind);
    return Map.of("kernel_shape", array(kernel), "strides", array(strides), "pads", array(pads));
  }

  public long[] dilationArray() {
    return array(dilations);
  }

  public boolean isDilated() {
    return dilations.stream().anyMatch(dilation -> dilation != 1);
  }

  private static long[] array(List<Long> numbers) {
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }
}
