package org.gtrturbo.policy.files;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Float32 from and to the formats of 16 bits, little-endian, element by element; rounded to
 * nearest, ties to even.
 */
public final class Floats {
  public static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Floats() {}

  /**
   * @param from as many elements as {@code into} has floats
   */
  public static void widen(ElementType type, MemorySegment from, MemorySegment into) {
    long elements = into.byteSize() / Float.BYTES;
    switch (type) {
      case FLOAT32 -> into.copyFrom(from);
      case FLOAT16 -> {
        for (long index = 0; index < elements; index++) {
          into.setAtIndex(FLOAT, index, Float.float16ToFloat(from.getAtIndex(SHORT, index)));
        }
      }
      case BFLOAT16 -> {
        for (long index = 0; index < elements; index++) {
          into.setAtIndex(FLOAT, index, Float.intBitsToFloat(from.getAtIndex(SHORT, index) << 16));
        }
      }
      default -> throw noWeight(type);
    }
  }

  /**
   * The reverse of {@link #widen}.
   *
   * @param into as many elements as {@code from} has floats
   */
  public static void narrow(ElementType type, MemorySegment from, MemorySegment into) {
    long elements = from.byteSize() / Float.BYTES;
    switch (type) {
      case FLOAT32 -> into.copyFrom(from);
      case FLOAT16 -> {
        for (long index = 0; index < elements; index++) {
          into.setAtIndex(SHORT, index, Float.floatToFloat16(from.getAtIndex(FLOAT, index)));
        }
      }
      case BFLOAT16 -> {
        for (long index = 0; index < elements; index++) {
          into.setAtIndex(SHORT, index, brainFloat(from.getAtIndex(FLOAT, index)));
        }
      }
      default -> throw noWeight(type);
    }
  }

  /** The upper half of a float, rounded. */
  private static short brainFloat(float number) {
    int bits = Float.floatToRawIntBits(number);
    if (Float.isNaN(number)) {
      // The lower half may be all that says so.
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  private static IllegalArgumentException noWeight(ElementType type) {
    return new IllegalArgumentException("weights are FLOAT32, FLOAT16 or BFLOAT16, not " + type);
  }
}
