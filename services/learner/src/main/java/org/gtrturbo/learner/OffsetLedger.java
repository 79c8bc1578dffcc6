package org.gtrturbo.learner;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.platform.kafka.RecordDigest;

/**
 * What became of every offset of the trajectories topic: read or not, and once read either waiting
 * or settled, that is trained on or left out with a reason. Settling an offset twice throws.
 *
 * <p>What was settled since the last {@link #closeEntry} makes up the next ledger entry.
 */
final class OffsetLedger {
  private final TreeMap<Integer, Partition> partitions = new TreeMap<>();
  private TreeMap<Integer, OffsetRanges> trained = new TreeMap<>();
  private EnumMap<LeftOutReason, TreeMap<Integer, OffsetRanges>> leftOut =
      new EnumMap<>(LeftOutReason.class);

  /** All below {@code position} is settled, and {@code above} too; {@code next} is read next. */
  private static final class Partition {
    private final OffsetRanges above;
    private final Map<Long, RecordDigest> digests = new HashMap<>();
    private long position;
    private long next;

    Partition(PartitionProgress progress) {
      this.above = new OffsetRanges(progress.getPartition());
      this.position = progress.getPosition();
      this.next = position;
      progress.getSettledAbove().forEach(range -> above.add(range.getFirst(), range.getLast()));
    }

    boolean isSettled(long offset) {
      return offset < position || above.contains(offset);
    }

    void settle(long first, long last) {
      if (first < position) {
        throw new IllegalStateException(
            "offset %d must be settled once, all below %d is settled already"
                .formatted(first, position));
      }
      above.add(first, last);
      position = above.takeFrom(position);
    }
  }

  /** Goes on where a checkpoint's progress ends. */
  OffsetLedger(List<PartitionProgress> progress) {
    progress.forEach(each -> partitions.put(each.getPartition(), new Partition(each)));
  }

  /** What reading one offset means. */
  enum Reading {
    /** It is read for the first time and waits to be settled. */
    NEW,
    /** It is settled already: before this learner started, or delivered again since. */
    SETTLED,
    /** It was read before, is delivered again, and still waits to be settled. */
    AGAIN
  }

  /** Notes that the record was read; offsets that reading jumped over are left out as a gap. */
  Reading read(int partition, long offset, RecordDigest digest) {
    Partition at = partition(partition);
    if (offset < at.next) {
      return at.isSettled(offset) ? Reading.SETTLED : Reading.AGAIN;
    }
    if (offset > at.next) {
      at.above
          .missing(Math.max(at.next, at.position), offset - 1)
          .forEach(range -> leaveOut(range, LeftOutReason.GAP));
    }
    at.next = offset + 1;
    if (at.isSettled(offset)) {
      return Reading.SETTLED;
    }
    at.digests.put(offset, digest);
    return Reading.NEW;
  }

  void train(int partition, long offset) {
    partition(partition).settle(offset, offset);
    trained.computeIfAbsent(partition, OffsetRanges::new).add(offset);
  }

  void leaveOut(int partition, long offset, LeftOutReason reason) {
    leaveOut(new OffsetRange(partition, offset, offset), reason);
  }

  private void leaveOut(OffsetRange range, LeftOutReason reason) {
    partition(range.getPartition()).settle(range.getFirst(), range.getLast());
    leftOut
        .computeIfAbsent(reason, _ -> new TreeMap<>())
        .computeIfAbsent(range.getPartition(), OffsetRanges::new)
        .add(range.getFirst(), range.getLast());
  }

  /**
   * One ledger entry's account.
   *
   * @param trained by partition and offset
   * @param trainedDigests of the records trained on, as a ledger entry holds them
   * @param progress where reading goes on
   * @param consumed per partition all that was read, from 0
   */
  record Entry(
      List<OffsetRange> trained,
      ByteBuffer trainedDigests,
      List<LeftOut> leftOut,
      List<PartitionProgress> progress,
      List<OffsetRange> consumed) {}

  /** What was settled since the last call, and where that leaves every partition. */
  Entry closeEntry() {
    List<OffsetRange> trainedRanges = flat(trained);
    Entry entry =
        new Entry(
            trainedRanges, takeDigests(trainedRanges), leftOutRanges(), progress(), consumed());
    trained = new TreeMap<>();
    leftOut = new EnumMap<>(LeftOutReason.class);
    return entry;
  }

  private List<LeftOut> leftOutRanges() {
    List<LeftOut> reasons = new ArrayList<>();
    leftOut.forEach(
        (reason, byPartition) -> {
          List<OffsetRange> ranges = flat(byPartition);
          long turns = ranges.stream().mapToLong(OffsetLedger::length).sum();
          reasons.add(new LeftOut(reason, ranges, turns, takeDigests(ranges)));
        });
    return List.copyOf(reasons);
  }

  private ByteBuffer takeDigests(List<OffsetRange> ranges) {
    long offsets = ranges.stream().mapToLong(OffsetLedger::length).sum();
    ByteBuffer digests = ByteBuffer.allocate(Math.toIntExact(offsets * RecordDigest.BYTES));
    for (OffsetRange range : ranges) {
      Partition at = partition(range.getPartition());
      for (long offset = range.getFirst(); offset <= range.getLast(); offset++) {
        RecordDigest digest = at.digests.remove(offset);
        (digest == null ? RecordDigest.NONE : digest).putInto(digests);
      }
    }
    return digests.flip();
  }

  private List<PartitionProgress> progress() {
    List<PartitionProgress> progress = new ArrayList<>();
    partitions.forEach(
        (number, at) ->
            progress.add(new PartitionProgress(number, at.position, at.above.toList())));
    return List.copyOf(progress);
  }

  private List<OffsetRange> consumed() {
    List<OffsetRange> consumed = new ArrayList<>();
    partitions.forEach(
        (number, at) -> {
          if (at.next > 0) {
            consumed.add(new OffsetRange(number, 0L, at.next - 1));
          }
        });
    return List.copyOf(consumed);
  }

  private Partition partition(int number) {
    Partition partition = partitions.get(number);
    if (partition == null) {
      throw new IllegalArgumentException(
          "the checkpoint knows partitions " + partitions.keySet() + ", a record is of " + number);
    }
    return partition;
  }

  private static List<OffsetRange> flat(Map<Integer, OffsetRanges> byPartition) {
    return byPartition.values().stream().flatMap(ranges -> ranges.toList().stream()).toList();
  }

  static long length(OffsetRange range) {
    return range.getLast() - range.getFirst() + 1;
  }
}
