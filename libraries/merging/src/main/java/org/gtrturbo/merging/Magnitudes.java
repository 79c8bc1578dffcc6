package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The magnitudes of a block of differences, as integers in the same order. One thread's. */
final class Magnitudes {
  /** Elements of a block; its five arrays fit a core's nearest cache. */
  static final int LENGTH = 1024;

  /** Of a number; what is above is infinite or none. */
  static final int LARGEST = Float.floatToRawIntBits(Float.MAX_VALUE);

  private static final ValueLayout.OfInt BITS =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final float[] newest = new float[LENGTH];
  private final float[] base = new float[LENGTH];
  private final int[] bits = new int[LENGTH];
  private final MemorySegment asFloats = MemorySegment.ofArray(newest);
  private final MemorySegment asIntegers = MemorySegment.ofArray(bits);

  /**
   * Valid until the next block is read.
   *
   * @throws IllegalArgumentException if a difference is no finite number
   */
  int[] read(BlockReader newestFrom, BlockReader baseFrom, long first, int count) {
    newestFrom.read(first, newest, count);
    baseFrom.read(first, base, count);
    for (int index = 0; index < count; index++) {
      newest[index] = Math.abs(newest[index] - base[index]);
    }
    // Copied as bytes: a loop over Float.floatToRawIntBits takes six times as long.
    MemorySegment.copy(asFloats, 0, asIntegers, 0, (long) count * Float.BYTES);
    if (above(bits, count, LARGEST) > 0) {
      throw new IllegalArgumentException(
          "a difference between a checkpoint and its base is no finite number; a checkpoint with"
              + " NaN or infinite weights cannot be merged");
    }
    return bits;
  }

  /** The magnitudes of a vector's own elements, of which some may be no finite numbers. */
  static void read(MemorySegment from, long first, int[] into, int count) {
    MemorySegment.copy(from, BITS, first * Float.BYTES, into, 0, count);
    for (int index = 0; index < count; index++) {
      into[index] &= Integer.MAX_VALUE;
    }
  }

  /** How many magnitudes are above a limit. */
  static int above(int[] magnitudes, int count, int limit) {
    int above = 0;
    for (int index = 0; index < count; index++) {
      above += (limit - magnitudes[index]) >>> 31;
    }
    return above;
  }
}
