package org.gtrturbo.policy.files;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.Arrays;
import java.util.Optional;

/** Element types of tensors in files; little-endian in all of them. */
public enum ElementType {
  FLOAT64("F64", DataType.DOUBLE_VALUE, 8),
  FLOAT32("F32", DataType.FLOAT_VALUE, 4),
  FLOAT16("F16", DataType.FLOAT16_VALUE, 2),
  BFLOAT16("BF16", DataType.BFLOAT16_VALUE, 2),
  INT64("I64", DataType.INT64_VALUE, 8),
  INT32("I32", DataType.INT32_VALUE, 4),
  INT16("I16", DataType.INT16_VALUE, 2),
  INT8("I8", DataType.INT8_VALUE, 1),
  UINT64("U64", DataType.UINT64_VALUE, 8),
  UINT32("U32", DataType.UINT32_VALUE, 4),
  UINT16("U16", DataType.UINT16_VALUE, 2),
  UINT8("U8", DataType.UINT8_VALUE, 1),
  BOOL("BOOL", DataType.BOOL_VALUE, 1);

  private final String safetensors;
  private final int onnx;
  private final int bytes;

  ElementType(String safetensors, int onnx, int bytes) {
    this.safetensors = safetensors;
    this.onnx = onnx;
    this.bytes = bytes;
  }

  /** What safetensors files call it. */
  String safetensors() {
    return safetensors;
  }

  /** The value of ONNX's {@code TensorProto.DataType}. */
  int onnx() {
    return onnx;
  }

  public int bytes() {
    return bytes;
  }

  /** Whether it is a float that weights are kept in and that a merge reads and writes. */
  public boolean isWeight() {
    return this == FLOAT32 || this == FLOAT16 || this == BFLOAT16;
  }

  static Optional<ElementType> ofSafetensors(String name) {
    return Arrays.stream(values()).filter(type -> type.safetensors.equals(name)).findFirst();
  }

  static Optional<ElementType> ofOnnx(int code) {
    return Arrays.stream(values()).filter(type -> type.onnx == code).findFirst();
  }
}
