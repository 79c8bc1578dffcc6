package org.gtrturbo.policy.files;

import ai.onnx.proto.OnnxMl;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A weight as whole numbers q of −127 to 127 with a scale s for each channel along one axis, {@code
 * w ≈ s · q}, where s is the channel's largest magnitude over 127.
 */
final class QuantizedWeight {
  private static final int LARGEST = 127;
  private static final String NUMBERS = ".int8";
  private static final String SCALE = ".scale";

  private final Weight weight;
  private final int axis;

  /** Elements from one channel to the next. */
  private final long stride;

  private final float[] scales;

  private QuantizedWeight(Weight weight, int axis) {
    long[] shape = weight.shape();
    this.weight = weight;
    this.axis = axis;
    long behind = 1;
    for (int inner = axis + 1; inner < shape.length; inner++) {
      behind *= shape[inner];
    }
    this.stride = behind;
    this.scales = new float[Math.toIntExact(shape[axis])];
    for (long index = 0; index < weight.elements(); index++) {
      float value = at(index);
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "tensor "
                + weight.name()
                + " holds "
                + value
                + " at element "
                + index
                + ", which has no scale; export it in fp32");
      }
      int channel = channel(index);
      scales[channel] = Math.max(scales[channel], Math.abs(value) / LARGEST);
    }
  }

  /** Along the first or the last axis, whichever has the smaller squared error. */
  static QuantizedWeight of(Weight weight) {
    var first = new QuantizedWeight(weight, 0);
    var last = new QuantizedWeight(weight, weight.shape().length - 1);
    return first.squaredError() < last.squaredError() ? first : last;
  }

  /** What the whole numbers of a weight are called. */
  static String numbers(String weight) {
    return weight + NUMBERS;
  }

  /** What the scales of a weight are called. */
  static String scale(String weight) {
    return weight + SCALE;
  }

  /** What a weight is called before it is scaled. */
  static String unscaled(String weight) {
    return weight + ".unscaled";
  }

  /** The weight whose whole numbers are called so. */
  static Optional<String> numbersOf(String name) {
    return KeptWeight.before(NUMBERS, name);
  }

  /** The weight whose scales are called so. */
  static Optional<String> scaleOf(String name) {
    return KeptWeight.before(SCALE, name);
  }

  /**
   * The weight that its numbers and scales in a file stand for.
   *
   * @param into room for its floats
   */
  static void restore(StoredTensor numbers, StoredTensor scales, MemorySegment into) {
    long[] shape = numbers.shape();
    int axis = shape.length - scales.shape().length;
    long stride = 1;
    for (int inner = axis + 1; inner < shape.length; inner++) {
      stride *= shape[inner];
    }
    long channels = scales.elements();
    for (long index = 0; index < numbers.elements(); index++) {
      float scale = scales.bytes().getAtIndex(Floats.FLOAT, index / stride % channels);
      into.setAtIndex(
          Floats.FLOAT, index, numbers.bytes().get(ValueLayout.JAVA_BYTE, index) * scale);
    }
  }

  private float at(long index) {
    return weight.values().getAtIndex(Floats.FLOAT, index);
  }

  private int channel(long index) {
    return (int) (index / stride % scales.length);
  }

  private byte quantized(long index) {
    float scale = scales[channel(index)];
    return scale == 0
        ? 0
        : (byte) Math.clamp(Math.rint((double) at(index) / scale), -LARGEST, LARGEST);
  }

  private float restored(long index) {
    return quantized(index) * scales[channel(index)];
  }

  private double squaredError() {
    double sum = 0;
    for (long index = 0; index < weight.elements(); index++) {
      double error = at(index) - restored(index);
      sum += error * error;
    }
    return sum;
  }

  KeptWeight kept() {
    String numbers = numbers(weight.name());
    String scale = scale(weight.name());
    var stored =
        List.of(
            new StreamedTensor(
                numbers,
                ElementType.INT8,
                weight.shape(),
                (first, into) -> {
                  for (long index = 0; index < into.byteSize(); index++) {
                    into.set(ValueLayout.JAVA_BYTE, index, quantized(first + index));
                  }
                }),
            StreamedTensor.of(scale, scaleShape(), scaleBytes()));
    // Not DequantizeLinear: ONNX Runtime takes that before a MatMul for leave to round what the
    // weights are multiplied by to 8 bits as well.
    String unscaled = unscaled(weight.name());
    OnnxMl.NodeProto scaled =
        OnnxMl.NodeProto.newBuilder()
            .setOpType("Mul")
            .addInput(unscaled)
            .addInput(scale)
            .addOutput(weight.name())
            .build();
    return new KeptWeight(
        stored,
        List.of(KeptWeight.cast(numbers, unscaled), scaled),
        (first, into) -> {
          for (long index = 0; index < into.byteSize() / Float.BYTES; index++) {
            into.setAtIndex(Floats.FLOAT, index, restored(first + index));
          }
        });
  }

  /** As the scales are spread over the weight. */
  private long[] scaleShape() {
    long[] shape = new long[weight.shape().length - axis];
    Arrays.fill(shape, 1);
    shape[0] = scales.length;
    return shape;
  }

  private MemorySegment scaleBytes() {
    MemorySegment bytes = MemorySegment.ofArray(new byte[scales.length * Float.BYTES]);
    for (int channel = 0; channel < scales.length; channel++) {
      bytes.setAtIndex(Floats.FLOAT, channel, scales[channel]);
    }
    return bytes;
  }
}
