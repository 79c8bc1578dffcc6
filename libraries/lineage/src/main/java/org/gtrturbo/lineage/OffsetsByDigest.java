package org.gtrturbo.lineage;

import java.util.Arrays;
import java.util.OptionalLong;
import org.gtrturbo.platform.kafka.RecordDigest;

/** Where the records of a partition stood when they were settled, by their digests. */
final class OffsetsByDigest {
  private final SettledOffsets settled;
  private final long[] offsets;

  // Half of a digest's half, and behind it the place of its offset among the offsets; in order.
  private final long[] keys;

  OffsetsByDigest(SettledOffsets settled) {
    this.settled = settled;
    long[] all = new long[Math.toIntExact(settled.countBelow(Long.MAX_VALUE))];
    int[] count = new int[1];
    settled.forEachFrom(
        Long.MIN_VALUE,
        offset -> {
          if (settled.at(offset).orElseThrow().digested()) {
            all[count[0]++] = offset;
          }
        });
    this.offsets = Arrays.copyOf(all, count[0]);
    this.keys = new long[offsets.length];
    for (int place = 0; place < keys.length; place++) {
      keys[place] = key(settled.at(offsets[place]).orElseThrow().digest(), place);
    }
    Arrays.sort(keys);
  }

  boolean contains(RecordDigest digest) {
    return firstBehind(digest, Long.MIN_VALUE).isPresent();
  }

  /** The first offset behind this one where a record of the digest stood. */
  OptionalLong firstBehind(RecordDigest digest, long offset) {
    for (int at = firstNotBelow(keys, key(digest, firstNotBelow(offsets, offset + 1)));
        at < keys.length && keys[at] >> Integer.SIZE == digest.low() >> Integer.SIZE;
        at++) {
      long found = offsets[(int) keys[at]];
      if (settled.at(found).orElseThrow().digest().equals(digest)) {
        return OptionalLong.of(found);
      }
    }
    return OptionalLong.empty();
  }

  private static long key(RecordDigest digest, int place) {
    return digest.low() >> Integer.SIZE << Integer.SIZE | place;
  }

  /** The place of the first of these ordered numbers that is not below one. */
  private static int firstNotBelow(long[] ordered, long number) {
    int found = Arrays.binarySearch(ordered, number);
    return found < 0 ? -found - 1 : found;
  }
}
