package org.gtrturbo.policy.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Numbers as the bytes of a tensor, little-endian, and back. */
public final class Elements {
  private Elements() {}

  /** The numbers, each as an element of that type. */
  public static byte[] encode(DataType type, double[] numbers) {
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

  /** The numbers as INT64. */
  public static byte[] encode(long[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(numbers.length, Long.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (long number : numbers) {
      bytes.putLong(number);
    }
    return bytes.array();
  }

  /** The elements, row-major, in an array of its own. */
  public static double[] decode(DataType type, byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    double[] numbers = new double[bytes.length / type.bytes()];
    for (int index = 0; index < numbers.length; index++) {
      numbers[index] =
          switch (type) {
            case FLOAT -> buffer.getFloat();
            case DOUBLE -> buffer.getDouble();
            case FLOAT16 -> Float.float16ToFloat(buffer.getShort());
            case BFLOAT16 -> Float.intBitsToFloat(buffer.getShort() << 16);
            case INT64 -> buffer.getLong();
            case UINT8, BOOL -> Byte.toUnsignedInt(buffer.get());
          };
    }
    return numbers;
  }

  /** The upper half of a float, rounded to nearest, ties to even. */
  private static short brainFloat(float number) {
    int bits = Float.floatToIntBits(number);
    int tie = 0x7fff + ((bits >>> 16) & 1);
    return (short) (Float.isNaN(number) ? bits >>> 16 : (bits + tie) >>> 16);
  }
}
