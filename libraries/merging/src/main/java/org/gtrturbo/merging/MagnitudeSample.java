package org.gtrturbo.merging;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import org.gtrturbo.merging.MagnitudeSelection.Differences;

/**
 * Some magnitudes of a vector, from all over it: short blocks, each somewhere in a stretch of its
 * own. Always the same ones of a vector.
 */
final class MagnitudeSample {
  /** 2⁶⁴ over the golden ratio. */
  private static final long SCATTERING = 0x9e3779b97f4a7c15L;

  private static final int BLOCK = 64;
  private static final int MOST_BLOCKS = 1 << 10;

  /** A block at most every so many elements. */
  private static final int SHORTEST_STRETCH = 1 << 10;

  /** A range reaches so far to either side of a rank: a 64th of all. */
  private static final int SIDE = 64;

  private final int[] sampled;
  private final long elements;

  /**
   * @param elements of all vectors together
   * @throws IllegalArgumentException if a difference in it is no finite number
   */
  MagnitudeSample(List<Differences> vectors, long elements) {
    this.elements = elements;
    long stretch = Math.max(SHORTEST_STRETCH, elements / MOST_BLOCKS);
    var room = new int[Math.toIntExact(BLOCK * (elements / stretch + vectors.size() + 1))];
    int size = 0;
    long before = 0;
    long block = 0;
    var magnitudes = new Magnitudes();
    try (Arena arena = Arena.ofConfined()) {
      for (Differences vector : vectors) {
        long ofVector = vector.newest().elements();
        for (long at = place(block, stretch) - before; at < ofVector; ) {
          int count = (int) Math.min(BLOCK, ofVector - at);
          var newest = new BlockReader(vector.newest(), at + count, arena);
          var base = new BlockReader(vector.base(), at + count, arena);
          System.arraycopy(magnitudes.read(newest, base, at, count), 0, room, size, count);
          size += count;
          block++;
          at = place(block, stretch) - before;
        }
        before += ofVector;
      }
    }
    this.sampled = Arrays.copyOf(room, size);
  }

  /** Of a block; within its stretch it is scattered, so that it does not keep step with rows. */
  private static long place(long block, long stretch) {
    long scattered = Long.remainderUnsigned(block * SCATTERING, stretch - BLOCK);
    return block * stretch + scattered;
  }

  /** Where the magnitude of a rank among all is likely to be. */
  MagnitudeRange around(long rank) {
    double share = (double) rank / elements;
    long above = (long) Math.floor((share - 1.0 / SIDE) * sampled.length);
    long below = (long) Math.ceil((share + 1.0 / SIDE) * sampled.length);
    return new MagnitudeRange(
        below > sampled.length ? 0 : ofRank(below), above < 1 ? Integer.MAX_VALUE : ofRank(above));
  }

  private int ofRank(long rank) {
    return MagnitudeRange.ALL.largest(List.of(sampled), rank);
  }
}
