package org.gtrturbo.actor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Arrays of events as a reader sees them. */
final class Floats {
  private Floats() {}

  static float[] of(ByteBuffer bytes) {
    float[] numbers = new float[bytes.remaining() / Float.BYTES];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(numbers);
    return numbers;
  }

  static short[] shortsOf(ByteBuffer bytes) {
    short[] numbers = new short[bytes.remaining() / Short.BYTES];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(numbers);
    return numbers;
  }
}
