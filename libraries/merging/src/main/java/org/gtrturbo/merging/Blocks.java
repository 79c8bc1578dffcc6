package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Copies between vectors and arrays that stay in a core's nearest cache.
 *
 * <p>Loops over arrays become vector instructions; loops over several memory segments do not,
 * because a compiler cannot know that they do not overlap (measured on JDK 25).
 */
final class Blocks {
  /**
   * Elements of a block: so few that a core fetches the next ones while it works on these. At 128
   * an average runs as fast as the memory is, at 512 at three quarters of that.
   */
  static final int LENGTH = 128;

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Blocks() {}

  /** Scratch for a run, which may be looked at as a byte buffer too. */
  static MemorySegment room(int elements) {
    return MemorySegment.ofArray(new byte[elements * Float.BYTES]);
  }

  static long elements(MemorySegment vector) {
    return vector.byteSize() / Float.BYTES;
  }

  /** How many elements the block that begins at {@code first} has. */
  static int count(long first, long elements) {
    return (int) Math.min(LENGTH, elements - first);
  }

  static void read(MemorySegment from, long first, float[] into, int count) {
    MemorySegment.copy(from, FLOAT, first * Float.BYTES, into, 0, count);
  }

  static void write(float[] from, MemorySegment into, long first, int count) {
    MemorySegment.copy(from, 0, into, FLOAT, first * Float.BYTES, count);
  }

  /**
   * Elements of a running sum.
   *
   * @param narrow room for a block
   */
  static void read(
      MemorySegment from,
      Precision precision,
      long first,
      double[] into,
      int count,
      float[] narrow) {
    if (precision == Precision.FLOAT64) {
      MemorySegment.copy(from, DOUBLE, first * Double.BYTES, into, 0, count);
      return;
    }
    read(from, first, narrow, count);
    for (int index = 0; index < count; index++) {
      into[index] = narrow[index];
    }
  }

  /**
   * Elements of a running sum.
   *
   * @param narrow room for a block
   */
  static void write(
      double[] from,
      MemorySegment into,
      Precision precision,
      long first,
      int count,
      float[] narrow) {
    if (precision == Precision.FLOAT64) {
      MemorySegment.copy(from, 0, into, DOUBLE, first * Double.BYTES, count);
      return;
    }
    for (int index = 0; index < count; index++) {
      narrow[index] = (float) from[index];
    }
    write(narrow, into, first, count);
  }
}
