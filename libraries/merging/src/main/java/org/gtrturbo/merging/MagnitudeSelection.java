package org.gtrturbo.merging;

import java.util.List;

/**
 * The k-th largest magnitude of a vector that is read in runs: exact, without sorting.
 *
 * <p>A magnitude's bits, read as an integer, are ordered as the magnitudes are. A first pass counts
 * them by their leading digit; the next looks only at those whose leading digit is the one that the
 * k-th has, and so on down to the last bit. Counts of several runs add up, so passes are spread
 * over the machine's cores without a change to the result.
 */
final class MagnitudeSelection {
  /** Bits of each digit; together the 31 that a magnitude has. */
  private static final int[] DIGITS_OF_MANY = {15, 16};

  /** Short tables, for vectors that are shorter than a long one. */
  private static final int[] DIGITS_OF_FEW = {11, 10, 10};

  private static final int MANY = 1 << 18;
  private static final int RUN = 1 << 20;
  private static final int MAGNITUDE_BITS = 31;
  private static final int INFINITE = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private MagnitudeSelection() {}

  /** Differences of two vectors of the same length, which are not held anywhere. */
  record Differences(WeightVector newest, WeightVector base) {
    Differences {
      if (newest.elements() != base.elements()) {
        throw new IllegalArgumentException(
            "a checkpoint and its base must have one length, got "
                + newest.elements()
                + " and "
                + base.elements());
      }
    }
  }

  /** How many differences a density keeps: {@code max(1, ⌊elements · density⌋)}. */
  static long kept(long elements, double density) {
    return Math.max(1, (long) (elements * density));
  }

  /**
   * The k-th largest |newest − base| of all the vectors together, the difference rounded to
   * float32.
   *
   * @param rank k, from 1 to the number of elements
   * @throws IllegalArgumentException if a difference is no finite number
   */
  static float largest(List<Differences> vectors, long rank) {
    long elements = vectors.stream().mapToLong(vector -> vector.newest().elements()).sum();
    if (rank < 1 || rank > elements) {
      throw new IllegalArgumentException(
          "the rank must be from 1 to " + elements + ", got " + rank);
    }
    int[] digits = elements > MANY ? DIGITS_OF_MANY : DIGITS_OF_FEW;
    long above = rank;
    int prefix = 0;
    int below = MAGNITUDE_BITS;
    for (int bits : digits) {
      below -= bits;
      var digit = new Digit(prefix, below + bits, below);
      long[] counts = count(vectors, digit);
      if (digit.isFirst()) {
        requireFinite(counts, below);
      }
      int value = counts.length - 1;
      while (counts[value] < above) {
        above -= counts[value--];
      }
      prefix = (prefix << bits) | value;
    }
    return Float.intBitsToFloat(prefix);
  }

  /**
   * @param prefix what the bits above the digit must be
   * @param above where they begin
   * @param below where the digit's bits begin
   */
  private record Digit(int prefix, int above, int below) {
    boolean isFirst() {
      return above == MAGNITUDE_BITS;
    }

    int values() {
      return 1 << (above - below);
    }
  }

  private static void requireFinite(long[] counts, int below) {
    for (int value = INFINITE >>> below; value < counts.length; value++) {
      if (counts[value] > 0) {
        throw new IllegalArgumentException(
            "a difference between a checkpoint and its base is no finite number; a checkpoint with"
                + " NaN or infinite weights cannot be merged");
      }
    }
  }

  private static long[] count(List<Differences> vectors, Digit digit) {
    var counts = new long[digit.values()];
    for (Differences vector : vectors) {
      // Each run's counts are small against it only if the run is long.
      Runs.of(vector.newest().elements(), RUN)
          .map(run -> new Counting(digit).run(vector, run.first(), run.end()).counts)
          .each()
          .forEach(found -> add(found, counts));
    }
    return counts;
  }

  private static void add(int[] counts, long[] into) {
    for (int value = 0; value < into.length; value++) {
      into[value] += counts[value];
    }
  }

  /** One thread's counts. */
  private static final class Counting {
    private final Digit digit;
    private final int[] counts;
    private final float[] newest = new float[Blocks.LENGTH];
    private final float[] base = new float[Blocks.LENGTH];

    Counting(Digit digit) {
      this.digit = digit;
      this.counts = new int[digit.values()];
    }

    Counting run(Differences vector, long first, long end) {
      var newestReader = new BlockReader(vector.newest(), end);
      var baseReader = new BlockReader(vector.base(), end);
      for (long at = first; at < end; at += Blocks.LENGTH) {
        int count = Blocks.count(at, end);
        newestReader.read(at, newest, count);
        baseReader.read(at, base, count);
        if (digit.isFirst()) {
          countAll(count);
        } else {
          countMatching(count);
        }
      }
      return this;
    }

    private void countAll(int count) {
      int below = digit.below();
      for (int index = 0; index < count; index++) {
        counts[magnitude(index) >>> below]++;
      }
    }

    private void countMatching(int count) {
      int mask = counts.length - 1;
      for (int index = 0; index < count; index++) {
        int magnitude = magnitude(index);
        if (magnitude >>> digit.above() == digit.prefix()) {
          counts[magnitude >>> digit.below() & mask]++;
        }
      }
    }

    private int magnitude(int index) {
      return Float.floatToRawIntBits(newest[index] - base[index]) & Integer.MAX_VALUE;
    }
  }
}
