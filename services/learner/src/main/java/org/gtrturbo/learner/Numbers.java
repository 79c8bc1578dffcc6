package org.gtrturbo.learner;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Little-endian numbers as events carry them; the buffers' positions stay as they are. */
final class Numbers {
  private Numbers() {}

  static float[] floats(ByteBuffer bytes) {
    float[] numbers = new float[bytes.remaining() / Float.BYTES];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    return numbers;
  }

  /** Tokens of sixteen bits without a sign: 0 to 65,535. */
  static int[] tokens(ByteBuffer bytes) {
    short[] numbers = new short[bytes.remaining() / Short.BYTES];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(numbers);
    int[] tokens = new int[numbers.length];
    Arrays.setAll(tokens, index -> Short.toUnsignedInt(numbers[index]));
    return tokens;
  }

  static boolean allFinite(ByteBuffer floats) {
    for (float number : floats(floats)) {
      if (!Float.isFinite(number)) {
        return false;
      }
    }
    return true;
  }
}
