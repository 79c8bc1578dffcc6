package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.platform.kafka.RecordDigest;

/**
 * Compares a trajectories topic with what a ledger says became of every record: settled once, and
 * the same record still. A record that was taken out or put in shifts all behind it; that is found
 * once, where it happened.
 *
 * <p>Records are shown to it partition by partition in the order of their offsets; for one thread.
 */
public final class TrajectoryCheck {
  private final String topic;
  private final List<Finding> findings = new ArrayList<>();
  private final Map<Integer, Partition> partitions = new TreeMap<>();
  private long compared;
  private long waiting;

  /** What the ledger says of one offset. */
  private record Expected(RecordDigest digest, boolean digested, boolean read, String fate) {}

  private static final class Partition {
    private final TreeMap<Long, Expected> settled = new TreeMap<>();
    private long next;
    private long shift;
  }

  /**
   * @param topic name of the trajectories topic
   * @param newest the newest checkpoint, which says how far everything is settled
   */
  public TrajectoryCheck(String topic, List<LedgerEntry> ledger, Checkpoint newest) {
    this.topic = topic;
    for (LedgerEntry entry : ledger) {
      String trained = "trained on by version " + entry.getVersion();
      settle(
          new SettledRecords(entry.getTrained(), entry.getTrainedDigests()),
          true,
          trained,
          entry.getVersion());
      for (LeftOut leftOut : entry.getLeftOut()) {
        settle(
            new SettledRecords(leftOut.getRanges(), leftOut.getDigests()),
            leftOut.getReason() != LeftOutReason.GAP,
            "left out as " + leftOut.getReason() + " by version " + entry.getVersion(),
            entry.getVersion());
      }
    }
    newest.getProgress().forEach(this::requireSettled);
  }

  private void settle(SettledRecords records, boolean read, String fate, long version) {
    List<SettledRecords.Settled> all;
    try {
      all = records.all();
    } catch (IllegalArgumentException e) {
      findings.add(new Finding("ledger entry " + version, String.valueOf(e.getMessage())));
      return;
    }
    for (SettledRecords.Settled settled : all) {
      boolean digested = records.isDigested() && !settled.digest().equals(RecordDigest.NONE);
      var expected = new Expected(settled.digest(), digested, read || digested, fate);
      Expected before = partition(settled.partition()).settled.put(settled.offset(), expected);
      if (before != null) {
        findings.add(
            new Finding(
                place(settled.partition(), settled.offset()),
                "it is accounted for twice: " + before.fate() + ", and " + fate));
      }
    }
  }

  private void requireSettled(PartitionProgress progress) {
    var settled = partition(progress.getPartition()).settled;
    long missing = progress.getPosition() - settled.headMap(progress.getPosition()).size();
    if (missing > 0) {
      long first = 0;
      while (settled.containsKey(first)) {
        first++;
      }
      findings.add(
          new Finding(
              place(progress.getPartition(), first),
              "it is neither trained on nor left out, as " + missing + " records are not"));
    }
    for (OffsetRange range : progress.getSettledAbove()) {
      for (long offset = range.getFirst(); offset <= range.getLast(); offset++) {
        if (!settled.containsKey(offset)) {
          findings.add(
              new Finding(
                  place(progress.getPartition(), offset),
                  "the checkpoint says that it is settled, the ledger does not"));
        }
      }
    }
  }

  /** Begins a partition at an offset; what lies before is no longer kept and cannot be compared. */
  public void begin(int partition, long offset) {
    partition(partition).next = offset;
  }

  /** The next record of a partition. */
  public void record(int partition, long offset, RecordDigest digest) {
    Partition at = partition(partition);
    for (long skipped = at.next; skipped < offset; skipped++) {
      missing(partition, at, skipped);
    }
    at.next = offset + 1;
    Expected expected = at.settled.get(offset - at.shift);
    if (expected == null) {
      waiting++;
    } else if (!expected.read()) {
      findings.add(
          new Finding(
              place(partition, offset), "there was no record here when it was " + expected.fate()));
    } else {
      compared++;
      if (expected.digested() && !expected.digest().equals(digest)) {
        differs(partition, at, offset, digest, expected);
      }
    }
  }

  /** No more records come. */
  public void end() {
    partitions.forEach(
        (number, at) -> {
          for (long offset : List.copyOf(at.settled.tailMap(at.next - at.shift, true).keySet())) {
            missing(number, at, offset + at.shift);
          }
        });
  }

  private void missing(int partition, Partition at, long offset) {
    Expected expected = at.settled.get(offset - at.shift);
    if (expected != null && expected.read()) {
      findings.add(
          new Finding(
              place(partition, offset), "the record that was " + expected.fate() + " is gone"));
    }
  }

  private void differs(
      int partition, Partition at, long offset, RecordDigest digest, Expected expected) {
    Expected before = at.settled.get(offset - at.shift - 1);
    Expected behind = at.settled.get(offset - at.shift + 1);
    if (before != null && before.digest().equals(digest)) {
      at.shift++;
      findings.add(
          new Finding(
              place(partition, offset),
              "the record before it stands here again; all behind lies one further than it was "
                  + expected.fate()));
    } else if (behind != null && behind.digest().equals(digest)) {
      at.shift--;
      findings.add(
          new Finding(
              place(partition, offset),
              "the record that was "
                  + expected.fate()
                  + " is gone; all behind has moved into its place"));
    } else {
      findings.add(
          new Finding(
              place(partition, offset),
              "it is not the record that was "
                  + expected.fate()
                  + ": its digest is "
                  + digest
                  + ", the ledger's "
                  + expected.digest()));
    }
  }

  /** Everything found so far. */
  public List<Finding> findings() {
    return List.copyOf(findings);
  }

  /** How many records were compared with the ledger. */
  public long compared() {
    return compared;
  }

  /** How many records are not settled yet. */
  public long waiting() {
    return waiting;
  }

  private Partition partition(int number) {
    return partitions.computeIfAbsent(number, _ -> new Partition());
  }

  private String place(int partition, long offset) {
    return topic + "-" + partition + "@" + offset;
  }
}
