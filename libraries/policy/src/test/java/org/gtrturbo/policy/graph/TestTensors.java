package org.gtrturbo.policy.graph;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Tensors from doubles, and doubles from tensors. */
public final class TestTensors {
  private TestTensors() {}

  public static OnnxTensor of(DataType type, double[] numbers, long... shape) {
    byte[] bytes = Elements.encode(type, numbers);
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    return OnnxSession.tensor(buffer.put(bytes).flip(), type, shape);
  }

  public static double[] numbers(OnnxTensor tensor) {
    ByteBuffer bytes = tensor.getByteBuffer().order(ByteOrder.nativeOrder());
    double[] numbers = new double[(int) Shape.of(tensor.getInfo().getShape()).elements()];
    for (int index = 0; index < numbers.length; index++) {
      numbers[index] =
          switch (tensor.getInfo().type) {
            case FLOAT -> bytes.getFloat();
            case DOUBLE -> bytes.getDouble();
            case INT64 -> bytes.getLong();
            case BOOL, UINT8, INT8 -> bytes.get();
            default -> throw new IllegalArgumentException(tensor.toString());
          };
    }
    return numbers;
  }
}
