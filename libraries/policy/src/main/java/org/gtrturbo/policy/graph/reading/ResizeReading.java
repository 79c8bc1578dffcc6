package org.gtrturbo.policy.graph.reading;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/**
 * Resizing by nearest neighbours: along each axis a choice of elements that is known before the
 * graph runs.
 *
 * <p>Places are computed in single precision and in the order of ONNX Runtime's own kernel, so that
 * a place between two neighbours falls to the same one here and where the file itself runs.
 */
final class ResizeReading {
  private static final int SCALES = 2;
  private static final int SIZES = 3;

  // So close to the middle is the middle for ONNX Runtime: scales are rounded before they get here.
  private static final float TIE = 1e-6f;

  private ResizeReading() {}

  /**
   * What becomes of one axis.
   *
   * @param length afterwards; DYNAMIC for a dynamic axis, which stays as it is
   */
  private record Stretch(float scale, long length) {}

  static Value resize(NodeReading node) {
    if (!node.text("mode", "nearest").equals("nearest")) {
      throw node.refused("it interpolates; resize by nearest neighbours, or by ConvTranspose");
    }
    for (String ofInterpolation : List.of("antialias", "exclude_outside")) {
      if (node.integer(ofInterpolation, 0) != 0) {
        throw node.refused(
            "its "
                + ofInterpolation
                + " is set, which is for interpolation; export it without, as it resizes by nearest"
                + " neighbours");
      }
    }
    int[] axes = axes(node);
    Stretch[] stretches = stretches(node, axes);
    Value result = node.value(0);
    for (int index = 0; index < axes.length; index++) {
      Stretch stretch = stretches[index];
      requirePossible(node, axes[index], stretch);
      if (stretch.scale() != 1) {
        result = picked(node, result, axes[index], stretch);
      }
    }
    return result;
  }

  /** The axes that scales and sizes speak of, in their order. */
  private static int[] axes(NodeReading node) {
    Shape shape = node.operand(0).shape();
    return node.integers("axes")
        .filter(given -> given.length > 0)
        .map(given -> Arrays.stream(given).mapToInt(axis -> shape.axis((int) axis)).toArray())
        .orElseGet(() -> IntStream.range(0, shape.rank()).toArray());
  }

  private static Stretch[] stretches(NodeReading node, int[] axes) {
    if (isGiven(node, SCALES)) {
      return byScales(node, axes);
    }
    if (isGiven(node, SIZES)) {
      return bySizes(node, axes);
    }
    throw node.refused("it has neither scales nor sizes; export it with one of them");
  }

  /** An operand of no elements stands for one that is left out. */
  private static boolean isGiven(NodeReading node, int index) {
    return node.has(index) && !node.operand(index).shape().equals(Shape.of(0));
  }

  private static Stretch[] byScales(NodeReading node, int[] axes) {
    Known scales = node.whole(SCALES).orElseThrow(() -> node.refused(knownWhenRunOnly("scales")));
    requireOneEach(scales, "scales", axes);
    Stretch[] stretches = new Stretch[axes.length];
    for (int index = 0; index < axes.length; index++) {
      long length = node.operand(0).shape().at(axes[index]);
      float scale = (float) scales.numbers()[index];
      stretches[index] =
          new Stretch(scale, length == Shape.DYNAMIC ? length : (long) (scale * length));
    }
    return stretches;
  }

  private static Stretch[] bySizes(NodeReading node, int[] axes) {
    Operand input = node.operand(0);
    Known sizes =
        node.operand(SIZES).known().orElseThrow(() -> node.refused(knownWhenRunOnly("sizes")));
    requireOneEach(sizes, "sizes", axes);
    float[] scales = new float[axes.length];
    for (int index = 0; index < axes.length; index++) {
      scales[index] = scale(node, axes[index], sizes, index);
    }
    String policy = node.text("keep_aspect_ratio_policy", "stretch");
    boolean isStretched = policy.equals("stretch");
    if (!isStretched) {
      Arrays.fill(scales, common(node, policy, scales));
    }
    Stretch[] stretches = new Stretch[axes.length];
    for (int index = 0; index < axes.length; index++) {
      long length = input.shape().at(axes[index]);
      long asked = isStretched ? (long) sizes.numbers()[index] : Math.round(scales[index] * length);
      stretches[index] = new Stretch(scales[index], length == Shape.DYNAMIC ? length : asked);
    }
    return stretches;
  }

  private static float scale(NodeReading node, int axis, Known sizes, int index) {
    Operand input = node.operand(0);
    long length = input.shape().at(axis);
    if (length == Shape.DYNAMIC) {
      boolean isOwnLength =
          sizes.batchesAt(index).isPresent() && sizes.batchesAt(index).equals(input.batches());
      if (!isOwnLength) {
        throw node.refused(
            "its size of the dynamic axis "
                + axis
                + " is not certain to be what that axis has; resize by scales, or leave that axis"
                + " out by the attribute axes (operator set 18 and above)");
      }
      return 1;
    }
    double size = sizes.numbers()[index];
    if (Double.isNaN(size)) {
      throw node.refused(knownWhenRunOnly("sizes"));
    }
    return (float) size / length;
  }

  /** The scale that all axes have in common where the picture keeps its aspect. */
  private static float common(NodeReading node, String policy, float[] scales) {
    boolean isLargest =
        switch (policy) {
          case "not_larger" -> false;
          case "not_smaller" -> true;
          default ->
              throw node.refused(
                  "its keep_aspect_ratio_policy is "
                      + policy
                      + "; export it with stretch, not_larger or not_smaller");
        };
    float common = scales[0];
    for (float scale : scales) {
      common = isLargest ? Math.max(common, scale) : Math.min(common, scale);
    }
    return common;
  }

  private static String knownWhenRunOnly(String what) {
    return "its "
        + what
        + " are known only when the model runs; export it with fixed ones, or with the dimensions"
        + " that they are computed from fixed; an initializer that they are computed from is to be"
        + " named among onnx.constants in policy.json";
  }

  private static void requireOneEach(Known numbers, String what, int[] axes) {
    if (numbers.numbers().length != axes.length) {
      throw new IllegalArgumentException(
          "its " + what + " are " + numbers + ", for " + axes.length + " axes");
    }
  }

  private static void requirePossible(NodeReading node, int axis, Stretch stretch) {
    boolean isSomethingLeft =
        stretch.scale() > 0 && Float.isFinite(stretch.scale()) && stretch.length() != 0;
    if (!isSomethingLeft) {
      throw node.refused(
          "it resizes axis "
              + axis
              + " by "
              + stretch.scale()
              + ", which leaves nothing of it; export it with a scale that does");
    }
    if (stretch.length() == Shape.DYNAMIC && stretch.scale() != 1) {
      throw node.refused(
          "it resizes the dynamic axis "
              + axis
              + " by "
              + stretch.scale()
              + "; give the axis a static length, or resize it by 1");
    }
  }

  private static Value picked(NodeReading node, Value value, int axis, Stretch stretch) {
    int length = Math.toIntExact(value.shape().at(axis));
    int[] sources = sources(node, length, stretch);
    int factor = sources.length / length;
    boolean isRepeated =
        sources.length == factor * length
            && IntStream.range(0, sources.length).allMatch(at -> sources[at] == at / factor);
    if (isRepeated) {
      return factor == 1 ? value : repeated(node.op(), value, axis, factor);
    }
    double[] indices = Arrays.stream(sources).asDoubleStream().toArray();
    return node.op()
        .gather(value, axis, node.graph().constant(DataType.INT64, indices, indices.length));
  }

  /** Each element {@code factor} times: cheaper than picking, backwards above all. */
  private static Value repeated(Operators op, Value value, int axis, int factor) {
    long[] wide = new long[value.shape().rank() + 1];
    Arrays.fill(wide, 1);
    wide[axis + 1] = factor;
    long[] shape = value.shape().toArray();
    shape[axis] *= factor;
    return op.reshape(op.expand(op.unsqueeze(value, axis + 1), wide), shape);
  }

  /** For each element of the resized axis, which of the {@code length} elements it is. */
  private static int[] sources(NodeReading node, int length, Stretch to) {
    int[] sources = new int[Math.toIntExact(to.length())];
    for (int at = 0; at < sources.length; at++) {
      double nearest = nearest(node, place(node, at, length, to));
      sources[at] = (int) Math.clamp(nearest, 0, length - 1);
    }
    return sources;
  }

  /** Where an element of the resized axis stands on the axis of {@code length} elements. */
  private static float place(NodeReading node, int at, float length, Stretch to) {
    float scale = to.scale();
    String mode = node.text("coordinate_transformation_mode", "half_pixel");
    return switch (mode) {
      case "half_pixel" -> (at + 0.5f) / scale - 0.5f;
      case "pytorch_half_pixel" -> to.length() > 1 ? (at + 0.5f) / scale - 0.5f : 0;
      case "asymmetric" -> at / scale;
      case "align_corners" -> to.length() == 1 ? 0 : at * (length - 1) / (to.length() - 1);
      case "half_pixel_symmetric" -> {
        float offset = length / 2 * (1 - to.length() / (scale * length));
        yield (float) (offset + (at + 0.5) / scale - 0.5);
      }
      case "tf_crop_and_resize" ->
          throw node.refused(
              "it cuts and resizes in one (coordinate_transformation_mode is tf_crop_and_resize);"
                  + " cut by Slice, and resize by align_corners");
      default ->
          throw node.refused(
              "its coordinate_transformation_mode is "
                  + mode
                  + "; export it with half_pixel, pytorch_half_pixel, half_pixel_symmetric,"
                  + " asymmetric or align_corners");
    };
  }

  /** The neighbour of a place; it may lie outside of the axis. */
  private static double nearest(NodeReading node, float place) {
    String mode = node.text("nearest_mode", "round_prefer_floor");
    double below = Math.floor(place);
    boolean isTie = Math.abs(place - below - 0.5) <= TIE;
    return switch (mode) {
      case "round_prefer_floor" -> isTie ? below : Math.rint(place);
      case "round_prefer_ceil" -> isTie ? below + 1 : Math.rint(place);
      case "floor" -> below;
      case "ceil" -> Math.ceil(place);
      default ->
          throw node.refused(
              "its nearest_mode is "
                  + mode
                  + "; export it with round_prefer_floor, round_prefer_ceil, floor or ceil");
    };
  }
}
