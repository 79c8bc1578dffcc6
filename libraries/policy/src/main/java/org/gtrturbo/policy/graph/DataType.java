package org.gtrturbo.policy.graph;

import ai.onnx.proto.OnnxMl;

/** Element types of tensors in a graph. */
public enum DataType {
  FLOAT(OnnxMl.TensorProto.DataType.FLOAT_VALUE, 4),
  DOUBLE(OnnxMl.TensorProto.DataType.DOUBLE_VALUE, 8),
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
    return this == FLOAT || this == DOUBLE;
  }
}
