package org.gtrturbo.merging;

import java.util.ArrayList;
import java.util.List;

/**
 * What a pass over magnitudes found.
 *
 * @param above how many are larger than the range
 * @param inside how many lie in it
 * @param members those that lie in it
 * @param isComplete whether the members are all of them
 */
record Gathered(long above, long inside, List<int[]> members, boolean isComplete) {
  static final Gathered NONE = new Gathered(0, 0, List.of(), true);

  Gathered plus(Gathered other) {
    var both = new ArrayList<>(members);
    both.addAll(other.members);
    return new Gathered(
        above + other.above, inside + other.inside, both, isComplete && other.isComplete);
  }
}
