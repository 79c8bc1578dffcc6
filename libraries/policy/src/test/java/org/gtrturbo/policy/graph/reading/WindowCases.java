package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Convolutions, pools and resizing. */
final class WindowCases {
  private WindowCases() {}

  private static long[] s(long... numbers) {
    return numbers;
  }

  static List<NodeCase> of(SplittableRandom random) {
    long n = random.nextInt(1, 3);
    long h = random.nextInt(5, 8);
    long w = random.nextInt(6, 9);
    List<NodeCase> cases = new ArrayList<>();
    convolutions(cases, n, h, w);
    transposed(cases, n);
    pools(cases, n, h, w);
    cases.add(NodeCase.of("GlobalAveragePool").input(n, 3, h, w));
    cases.add(NodeCase.of("GlobalMaxPool").input(n, 3, h, w));
    cases.add(
        NodeCase.of("Resize")
            .input(n, 2, 3, 4)
            .without()
            .floats(new double[] {1, 1, 2, 3}, 4)
            .with("mode", "nearest")
            .with("coordinate_transformation_mode", "asymmetric")
            .with("nearest_mode", "floor"));
    cases.add(
        NodeCase.of("Resize", "to a size")
            .input(n, 2, 3, 4)
            .without()
            .without()
            .integers(n, 2, 6, 4)
            .with("mode", "nearest")
            .with("coordinate_transformation_mode", "asymmetric")
            .with("nearest_mode", "floor"));
    picked(cases, n);
    return cases;
  }

  /** Resizing that is no mere repetition of every element. */
  private static void picked(List<NodeCase> cases, long n) {
    cases.add(
        NodeCase.of("Resize", "as the standard does it")
            .input(n, 2, 3, 4)
            .without()
            .floats(new double[] {1, 1, 2, 1.5}, 4)
            .with("mode", "nearest"));
    cases.add(
        NodeCase.of("Resize", "from corner to corner")
            .input(n, 2, 3, 4)
            .without()
            .floats(new double[] {1, 1, 2, 3}, 4)
            .with("mode", "nearest")
            .with("coordinate_transformation_mode", "align_corners"));
    cases.add(
        NodeCase.of("Resize", "to fewer")
            .input(n, 2, 5, 6)
            .without()
            .without()
            .integers(n, 2, 3, 2)
            .with("mode", "nearest")
            .with("nearest_mode", "ceil"));
    cases.add(
        NodeCase.of("Resize", "of some axes, keeping the aspect")
            .input(n, 2, 4, 6)
            .without()
            .without()
            .integers(8, 9)
            .with("mode", "nearest")
            .with("axes", s(2, 3))
            .with("keep_aspect_ratio_policy", "not_larger"));
  }

  private static void convolutions(List<NodeCase> cases, long n, long h, long w) {
    cases.add(NodeCase.of("Conv").input(n, 2, h, w).input(3, 2, 3, 3));
    cases.add(NodeCase.of("Conv", "with bias").input(n, 2, h, w).input(3, 2, 1, 1).input(3));
    cases.add(
        NodeCase.of("Conv", "uneven")
            .input(n, 2, h, w)
            .input(3, 2, 3, 2)
            .input(3)
            .with("strides", s(2, 3))
            .with("pads", s(1, 0, 2, 1))
            .with("dilations", s(1, 2)));
    cases.add(
        NodeCase.of("Conv", "in groups")
            .input(n, 4, h, w)
            .input(6, 2, 3, 3)
            .with("group", 2)
            .with("pads", s(1, 1, 1, 1))
            .with("strides", s(2, 2)));
    cases.add(
        NodeCase.of("Conv", "by channel").input(n, 3, h, w).input(3, 1, 2, 2).with("group", 3));
    cases.add(
        NodeCase.of("Conv", "of one axis")
            .input(n, 3, 9)
            .input(2, 3, 3)
            .input(2)
            .with("pads", s(2, 1))
            .with("strides", s(2)));
    cases.add(NodeCase.of("Conv", "of three axes").input(n, 2, 3, 4, 3).input(2, 2, 2, 2, 2));
    for (String padding : List.of("SAME_UPPER", "SAME_LOWER", "VALID")) {
      cases.add(
          NodeCase.of("Conv")
              .input(n, 2, h, w)
              .input(2, 2, 3, 2)
              .with("auto_pad", padding)
              .with("strides", s(2, 2)));
    }
  }

  private static void transposed(List<NodeCase> cases, long n) {
    cases.add(NodeCase.of("ConvTranspose").input(n, 3, 3, 4).input(3, 2, 3, 3));
    cases.add(
        NodeCase.of("ConvTranspose", "uneven")
            .input(n, 4, 3, 4)
            .input(4, 3, 3, 2)
            .input(6)
            .with("group", 2)
            .with("strides", s(2, 3))
            .with("pads", s(1, 0, 0, 1))
            .with("output_padding", s(1, 0)));
    cases.add(
        NodeCase.of("ConvTranspose", "of one axis")
            .input(n, 3, 4)
            .input(3, 2, 3)
            .with("dilations", s(2)));
  }

  private static void pools(List<NodeCase> cases, long n, long h, long w) {
    for (String operator : List.of("MaxPool", "AveragePool")) {
      cases.add(NodeCase.of(operator).input(n, 2, h, w).with("kernel_shape", s(2, 2)));
      cases.add(
          NodeCase.of(operator, "side by side")
              .input(n, 2, h, w)
              .with("kernel_shape", s(2, 3))
              .with("strides", s(2, 3)));
      cases.add(
          NodeCase.of(operator, "padded")
              .input(n, 2, h, w)
              .with("kernel_shape", s(3, 3))
              .with("strides", s(2, 2))
              .with("pads", s(1, 1, 1, 0)));
      cases.add(
          NodeCase.of(operator, "rounded up")
              .input(n, 2, 6, 7)
              .with("kernel_shape", s(3, 2))
              .with("strides", s(2, 2))
              .with("ceil_mode", 1));
      cases.add(NodeCase.of(operator, "of one axis").input(n, 2, 7).with("kernel_shape", s(3)));
    }
    cases.add(
        NodeCase.of("AveragePool", "counting its padding")
            .input(n, 2, h, w)
            .with("kernel_shape", s(3, 3))
            .with("pads", s(1, 1, 1, 1))
            .with("count_include_pad", 1));
    cases.add(
        NodeCase.of("AveragePool", "dilated")
            .opset(19)
            .input(n, 2, h, w)
            .with("kernel_shape", s(2, 2))
            .with("dilations", s(2, 1)));
    cases.add(
        NodeCase.of("MaxPool", "dilated")
            .input(n, 2, h, w)
            .with("kernel_shape", s(2, 2))
            .with("dilations", s(2, 1)));
  }
}
