package org.gtrturbo.policy.graph;

import ai.onnx.proto.OnnxMl;

/** Element types of tensors in a graph. */
public enum DataType {
  FLOAT(OnnxMl.TensorProto.DataType.FLOAT_VALUE, 4),
  DOUBLE(OnnxMl.TensorProto.DataType.DOUBLE_VALUE, 8),
  FLOAT16(OnnxMl.TensorProto.DataType.FLOAT16_VALUE, 2),
  BFLOAT16(OnnxMl.TensorProto.DataType.BFLOAT16_VALUE, 2),
  INT64(OnnxMl.TensorProto.DataType.INT64_VALUE, 8),
  UINT8(OnnxMl.TensorProto.DataType.UINT8_VALUE, 1),
  BOOL(OnnxMl.TensorProto.DataType.BOOL_VALUE, 1);

  private final int onnxCode;
  private final int bytes;

  DataType(int onnxCode, int bytes) {
    this.onnxCode = onnxCode;
    this.bytes = bytes;
  }

  /** The value of {@code TensorProto.DataType}. */
  public int onnxCode() {
    return onnxCode;
  }

  public int bytes() {
    return bytes;
  }

  public boolean isFloating() {
    return this == FLOAT || this == DOUBLE || isHalf();
  }

  /** Whether it is a floating type of 16 bits. */
  public boolean isHalf() {
    return this == FLOAT16 || this == BFLOAT16;
  }
}
