package org.gtrturbo.policy.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A value with fixed contents: an ONNX initializer.
 *
 * @param contents little-endian, row-major bytes; owned by this constant
 */
record Constant(Value value, byte[] contents) {

  long[] integers() {
    long[] numbers = new long[contents.length / Long.BYTES];
    ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(numbers);
    return numbers;
  }

  static byte[] encode(DataType type, double[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(numbers.length, type.bytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (double number : numbers) {
      switch (type) {
        case FLOAT -> bytes.putFloat((float) number);
        case DOUBLE -> bytes.putDouble(number);
        case FLOAT16 -> bytes.putShort(Float.floatToFloat16((float) number));
        case BFLOAT16 -> bytes.putShort(brainFloat((float) number));
        case INT64 -> bytes.putLong((long) number);
        case UINT8, BOOL -> bytes.put((byte) number);
      }
    }
    return bytes.array();
  }

  /** The upper half of a float, rounded to nearest, ties to even. */
  private static short brainFloat(float number) {
    int bits = Float.floatToIntBits(number);
    int tie = 0x7fff + ((bits >>> 16) & 1);
    return (short) (Float.isNaN(number) ? bits >>> 16 : (bits + tie) >>> 16);
  }

  static byte[] encode(long[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(numbers.length, Long.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (long number : numbers) {
      bytes.putLong(number);
    }
    return bytes.array();
  }
}
