package org.gtrturbo.merging;

/** How many magnitudes of a range lie in each of its equal parts. */
final class MagnitudeCounts {
  /** A table that is small against a long run. */
  static final int BITS_OF_MANY = 15;

  static final int BITS_OF_FEW = 11;

  private final MagnitudeRange range;
  private final int shift;
  private final long[] counts;

  /**
   * @param bits of a part's number: there are at most 2^bits parts
   */
  MagnitudeCounts(MagnitudeRange range, int bits) {
    this.range = range;
    int width = range.high() - range.low();
    this.shift = Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(width) - bits);
    this.counts = new long[(width >>> shift) + 1];
  }

  /** What lies outside the range is not counted. */
  void add(int[] magnitudes, int count) {
    int low = range.low();
    for (int index = 0; index < count; index++) {
      if (range.holds(magnitudes[index])) {
        counts[(magnitudes[index] - low) >>> shift]++;
      }
    }
  }

  /** Those of another part of the vector. */
  void add(MagnitudeCounts others) {
    for (int part = 0; part < counts.length; part++) {
      counts[part] += others.counts[part];
    }
  }

  /**
   * @param rank of a magnitude among those in the range
   * @param inside how many there are
   */
  record Place(MagnitudeRange range, long rank, long inside) {}

  /** The part that the magnitude of a rank lies in. */
  Place place(long rank) {
    long left = rank;
    int part = counts.length - 1;
    while (counts[part] < left) {
      left -= counts[part--];
    }
    int low = range.low() + (part << shift);
    // Not computed from the next part's low: behind the last that may be no integer.
    int high = low + Math.min((1 << shift) - 1, range.high() - low);
    return new Place(new MagnitudeRange(low, high), left, counts[part]);
  }
}
