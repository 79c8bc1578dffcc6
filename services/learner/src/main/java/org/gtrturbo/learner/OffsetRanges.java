package org.gtrturbo.learner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gtrturbo.events.OffsetRange;

/** A set of offsets of one partition, kept as ranges; no offset can be added twice. */
final class OffsetRanges {
  private final int partition;
  private final TreeMap<Long, Long> lastByFirst = new TreeMap<>();

  OffsetRanges(int partition) {
    this.partition = partition;
  }

  boolean contains(long offset) {
    Map.Entry<Long, Long> below = lastByFirst.floorEntry(offset);
    return below != null && below.getValue() >= offset;
  }

  void add(long offset) {
    add(offset, offset);
  }

  /**
   * Adds {@code first} to {@code last}, both included.
   *
   * @throws IllegalStateException if one of them is in the set already
   */
  void add(long first, long last) {
    if (last < first) {
      throw new IllegalArgumentException(
          "a range must not end before it begins, got " + first + " to " + last);
    }
    Map.Entry<Long, Long> below = lastByFirst.floorEntry(last);
    if (below != null && below.getValue() >= first) {
      throw new IllegalStateException(
          "partition %d: offsets %d to %d must be settled once, %d to %d are settled already"
              .formatted(partition, first, last, below.getKey(), below.getValue()));
    }
    long start = first;
    long end = last;
    if (below != null && below.getValue() == first - 1) {
      start = below.getKey();
    }
    Long above = lastByFirst.remove(last + 1);
    if (above != null) {
      end = above;
    }
    lastByFirst.put(start, end);
  }

  /**
   * Takes the range that begins at {@code offset} out.
   *
   * @return the offset behind it; {@code offset} where no range begins there
   */
  long takeFrom(long offset) {
    Long last = lastByFirst.remove(offset);
    return last == null ? offset : last + 1;
  }

  /** The offsets of {@code [first, last]} that are not in the set, as ranges in rising order. */
  List<OffsetRange> missing(long first, long last) {
    List<OffsetRange> missing = new ArrayList<>();
    long next = first;
    Map.Entry<Long, Long> below = lastByFirst.floorEntry(first);
    if (below != null && below.getValue() >= first) {
      next = below.getValue() + 1;
    }
    for (Map.Entry<Long, Long> range : lastByFirst.tailMap(next, true).entrySet()) {
      if (range.getKey() > last) {
        break;
      }
      if (range.getKey() > next) {
        missing.add(new OffsetRange(partition, next, range.getKey() - 1));
      }
      next = range.getValue() + 1;
    }
    if (next <= last) {
      missing.add(new OffsetRange(partition, next, last));
    }
    return missing;
  }

  /** In rising order, neighbours taken together. */
  List<OffsetRange> toList() {
    return lastByFirst.entrySet().stream()
        .map(range -> new OffsetRange(partition, range.getKey(), range.getValue()))
        .toList();
  }
}
