package org.gtrturbo.merging;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One thread's pass over a run of magnitudes: counts what is above a range, holds what is in it.
 */
final class MagnitudeGathering {
  private final MagnitudeRange range;
  private final AtomicLong room;
  private final int[] found = new int[Magnitudes.LENGTH];
  private int[] members = new int[0];
  private int held;
  private long above;
  private long inside;
  private boolean isComplete = true;

  /**
   * @param room how many all threads together may hold yet
   */
  MagnitudeGathering(MagnitudeRange range, AtomicLong room) {
    this.range = range;
    this.room = room;
  }

  void add(int[] magnitudes, int count) {
    above += Magnitudes.above(magnitudes, count, range.high());
    int matching = 0;
    for (int index = 0; index < count; index++) {
      if (range.holds(magnitudes[index])) {
        found[matching++] = magnitudes[index];
      }
    }
    inside += matching;
    hold(matching);
  }

  private void hold(int matching) {
    isComplete = isComplete && room.addAndGet(-matching) >= 0;
    if (!isComplete) {
      members = new int[0];
      held = 0;
      return;
    }
    if (held + matching > members.length) {
      members = Arrays.copyOf(members, Math.max(2 * members.length, held + matching));
    }
    System.arraycopy(found, 0, members, held, matching);
    held += matching;
  }

  Gathered gathered() {
    return new Gathered(above, inside, List.of(Arrays.copyOf(members, held)), isComplete);
  }
}
