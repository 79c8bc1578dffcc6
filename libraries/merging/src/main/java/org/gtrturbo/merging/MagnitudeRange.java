package org.gtrturbo.merging;

import java.util.List;

/**
 * Magnitudes from one to another, as integers in the same order.
 *
 * @param low the smallest, not negative
 * @param high the largest
 */
record MagnitudeRange(int low, int high) {
  static final MagnitudeRange ALL = new MagnitudeRange(0, Integer.MAX_VALUE);

  boolean isOne() {
    return low == high;
  }

  /** One comparison: what is below the range becomes larger than any width. */
  boolean holds(int magnitude) {
    return Integer.compareUnsigned(magnitude - low, high - low) <= 0;
  }

  /**
   * The magnitude of a rank among those that lie in the range.
   *
   * @param members all of those, in any order
   * @param rank from 1
   */
  int largest(List<int[]> members, long rank) {
    MagnitudeRange range = this;
    long left = rank;
    while (!range.isOne()) {
      var counts = new MagnitudeCounts(range, MagnitudeCounts.BITS_OF_FEW);
      members.forEach(some -> counts.add(some, some.length));
      MagnitudeCounts.Place place = counts.place(left);
      range = place.range();
      left = place.rank();
    }
    return range.low();
  }
}
