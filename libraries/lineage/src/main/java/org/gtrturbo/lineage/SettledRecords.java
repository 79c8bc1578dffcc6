package org.gtrturbo.lineage;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.platform.kafka.RecordDigest;

/**
 * Ranges of offsets with the digest of each record, as a ledger entry holds them.
 *
 * @param ranges in the entry's order
 * @param digests one for each offset, in the ranges' order; empty where the entry was written
 *     before there were digests
 */
record SettledRecords(List<OffsetRange> ranges, ByteBuffer digests) {

  /** One record; {@link RecordDigest#NONE} where none was read. */
  record Settled(int partition, long offset, RecordDigest digest) {}

  /** Whether the entry says what the records were. */
  boolean isDigested() {
    return digests.hasRemaining();
  }

  /**
   * The digest of one record; {@link RecordDigest#NONE} where none was read or the entry has none.
   *
   * @param place of the record in the ranges' order, from 0
   */
  RecordDigest digest(int place) {
    return isDigested()
        ? RecordDigest.next(
            digests.duplicate().position(digests.position() + place * RecordDigest.BYTES))
        : RecordDigest.NONE;
  }

  /**
   * Every record in order.
   *
   * @throws IllegalArgumentException if there are not as many digests as offsets
   */
  List<Settled> all() {
    long offsets = ranges.stream().mapToLong(range -> range.getLast() - range.getFirst() + 1).sum();
    if (isDigested() && digests.remaining() != offsets * RecordDigest.BYTES) {
      throw new IllegalArgumentException(
          "%d offsets must have %d bytes of digests, got %d"
              .formatted(offsets, offsets * RecordDigest.BYTES, digests.remaining()));
    }
    ByteBuffer unread = digests.duplicate();
    List<Settled> all = new ArrayList<>();
    for (OffsetRange range : ranges) {
      for (long offset = range.getFirst(); offset <= range.getLast(); offset++) {
        RecordDigest digest = isDigested() ? RecordDigest.next(unread) : RecordDigest.NONE;
        all.add(new Settled(range.getPartition(), offset, digest));
      }
    }
    return all;
  }
}
