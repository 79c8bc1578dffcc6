package org.gtrturbo.policy.graph.reading;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Graph;

/**
 * What the element types of ONNX files become in a {@link Graph}: all signed integers are INT64.
 */
final class ElementTypes {
  private ElementTypes() {}

  /**
   * @param what names the tensor in messages
   * @throws UnreadableModelException if the type is not read here
   */
  static DataType of(int onnxCode, String what) {
    return switch (onnxCode) {
      case OnnxMl.TensorProto.DataType.FLOAT_VALUE -> DataType.FLOAT;
      case OnnxMl.TensorProto.DataType.DOUBLE_VALUE -> DataType.DOUBLE;
      case OnnxMl.TensorProto.DataType.INT64_VALUE,
          OnnxMl.TensorProto.DataType.INT32_VALUE,
          OnnxMl.TensorProto.DataType.INT16_VALUE,
          OnnxMl.TensorProto.DataType.INT8_VALUE ->
          DataType.INT64;
      case OnnxMl.TensorProto.DataType.UINT8_VALUE -> DataType.UINT8;
      case OnnxMl.TensorProto.DataType.BOOL_VALUE -> DataType.BOOL;
      default ->
          throw new UnreadableModelException(
              what
                  + " has the element type "
                  + OnnxMl.TensorProto.DataType.forNumber(onnxCode)
                  + "; export the model in float32, with integers signed");
    };
  }

  /** Whether elements of the type have the same bytes in a {@link Graph}. */
  static boolean isKeptAsIs(int onnxCode) {
    return switch (onnxCode) {
      case OnnxMl.TensorProto.DataType.INT32_VALUE,
          OnnxMl.TensorProto.DataType.INT16_VALUE,
          OnnxMl.TensorProto.DataType.INT8_VALUE ->
          false;
      default -> true;
    };
  }

  /** The elements of a shorter signed integer type, from their raw bytes. */
  static long[] integers(int onnxCode, ByteString raw) {
    int bytes =
        switch (onnxCode) {
          case OnnxMl.TensorProto.DataType.INT32_VALUE -> Integer.BYTES;
          case OnnxMl.TensorProto.DataType.INT16_VALUE -> Short.BYTES;
          default -> Byte.BYTES;
        };
    ByteBuffer buffer = raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long[] numbers = new long[raw.size() / bytes];
    for (int index = 0; index < numbers.length; index++) {
      numbers[index] =
          switch (bytes) {
            case Integer.BYTES -> buffer.getInt();
            case Short.BYTES -> buffer.getShort();
            default -> buffer.get();
          };
    }
    return numbers;
  }
}
