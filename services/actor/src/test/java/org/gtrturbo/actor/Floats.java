package org.gtrturbo.actor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Arrays of events as a reader sees them. */
final class Floats {
  private Floats() {}

  static float[] of(ByteBuffer bytes) {
    float[] numbers = new float[bytes.remaining() / Float.BYTES];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    return numbers;
  }

  static int[] tokensOf(ByteBuffer bytes) {
    char[] numbers = new char[bytes.remaining() / Character.BYTES];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asCharBuffer().get(numbers);
    int[] tokens = new int[numbers.length];
    Arrays.setAll(tokens, index -> numbers[index]);
    return tokens;
  }
}
