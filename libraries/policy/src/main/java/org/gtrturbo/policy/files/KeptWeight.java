package org.gtrturbo.policy.files;

import ai.onnx.proto.OnnxMl;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * One weight as a file keeps it.
 *
 * @param tensors what is stored
 * @param nodes what makes the float32 weight of it under its own name; none where it is stored so
 * @param restored what the nodes will make
 */
record KeptWeight(List<StreamedTensor> tensors, List<OnnxMl.NodeProto> nodes, Restored restored) {
  private static final float LARGEST_HALF = 65504;
  private static final String HALF = ".float16";

  /** The float32 values that a model computes with. */
  @FunctionalInterface
  interface Restored {
    /**
     * @param first index of the run's first element
     * @param into room for the run's floats
     */
    void fill(long first, MemorySegment into);
  }

  /**
   * @throws IllegalArgumentException if the format cannot hold the values
   */
  static KeptWeight of(Weight weight, WeightFormat format) {
    return switch (format) {
      case FP32 -> whole(weight);
      case FP16 -> half(weight);
      case INT8 -> weight.shape().length < 2 ? whole(weight) : QuantizedWeight.of(weight).kept();
    };
  }

  private static KeptWeight whole(Weight weight) {
    StreamedTensor tensor = StreamedTensor.of(weight.name(), weight.shape(), weight.values());
    return new KeptWeight(List.of(tensor), List.of(), tensor.chunks()::fill);
  }

  private static KeptWeight half(Weight weight) {
    for (long index = 0; index < weight.elements(); index++) {
      float value = weight.values().getAtIndex(Floats.FLOAT, index);
      if (!(Math.abs(value) <= LARGEST_HALF)) {
        throw new IllegalArgumentException(
            "tensor "
                + weight.name()
                + " holds "
                + value
                + " at element "
                + index
                + ", which float16 cannot; export it in fp32 or int8");
      }
    }
    String stored = weight.name() + HALF;
    var tensor =
        new StreamedTensor(
            stored,
            ElementType.FLOAT16,
            weight.shape(),
            (first, into) ->
                Floats.narrow(ElementType.FLOAT16, weight.run(first, into.byteSize() / 2), into));
    return new KeptWeight(
        List.of(tensor),
        List.of(cast(stored, weight.name())),
        (first, into) -> {
          MemorySegment narrow = MemorySegment.ofArray(new byte[(int) (into.byteSize() / 2)]);
          tensor.chunks().fill(first, narrow);
          Floats.widen(ElementType.FLOAT16, narrow, into);
        });
  }

  /** The weight whose float16 values are called so. */
  static Optional<String> halfOf(String name) {
    return before(HALF, name);
  }

  static Optional<String> before(String ending, String name) {
    return name.endsWith(ending)
        ? Optional.of(name.substring(0, name.length() - ending.length()))
        : Optional.empty();
  }

  /** A node that makes float32 of what is stored. */
  static OnnxMl.NodeProto cast(String stored, String floats) {
    return OnnxMl.NodeProto.newBuilder()
        .setOpType("Cast")
        .addInput(stored)
        .addOutput(floats)
        .addAttribute(
            OnnxMl.AttributeProto.newBuilder()
                .setName("to")
                .setType(OnnxMl.AttributeProto.AttributeType.INT)
                .setI(ElementType.FLOAT32.onnx()))
        .build();
  }
}
