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
  private final Map<Integer, PartitionCheck> partitions = new TreeMap<>();

  /**
   * @param topic name of the trajectories topic
   * @param newest the newest checkpoint, which says how far everything is settled
   */
  public TrajectoryCheck(String topic, List<LedgerEntry> ledger, Checkpoint newest) {
    this.topic = topic;
    for (LedgerEntry entry : ledger) {
      String by = " by version " + entry.getVersion();
      settle(
          new SettledRecords(entry.getTrained(), entry.getTrainedDigests()),
          true,
          "trained on" + by,
          entry.getVersion());
      for (LeftOut leftOut : entry.getLeftOut()) {
        settle(
            new SettledRecords(leftOut.getRanges(), leftOut.getDigests()),
            leftOut.getReason() != LeftOutReason.GAP,
            "left out as " + leftOut.getReason() + by,
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
    var account = new SettledOffsets.Account(records, read, fate);
    for (int place = 0; place < all.size(); place++) {
      SettledRecords.Settled settled = all.get(place);
      PartitionCheck partition = partition(settled.partition());
      partition
          .settled()
          .settle(settled.offset(), account, place)
          .ifPresent(
              before ->
                  findings.add(
                      new Finding(
                          partition.place(settled.offset()),
                          "it is accounted for twice: " + before.fate() + ", and " + fate)));
    }
  }

  private void requireSettled(PartitionProgress progress) {
    PartitionCheck partition = partition(progress.getPartition());
    SettledOffsets settled = partition.settled();
    long missing = progress.getPosition() - settled.countBelow(progress.getPosition());
    if (missing > 0) {
      long first = 0;
      while (settled.isSettled(first)) {
        first++;
      }
      findings.add(
          new Finding(
              partition.place(first),
              missing == 1
                  ? "it is neither trained on nor left out"
                  : "it is the first of " + missing + " that are neither trained on nor left out"));
    }
    for (OffsetRange range : progress.getSettledAbove()) {
      for (long offset = range.getFirst(); offset <= range.getLast(); offset++) {
        if (!settled.isSettled(offset)) {
          findings.add(
              new Finding(
                  partition.place(offset),
                  "the checkpoint says that it is settled, the ledger does not"));
        }
      }
    }
  }

  /** Begins a partition at an offset; what lies before is no longer kept and cannot be compared. */
  public void begin(int partition, long offset) {
    partition(partition).begin(offset);
  }

  /** The next record of a partition. */
  public void record(int partition, long offset, RecordDigest digest) {
    partition(partition).record(offset, digest);
  }

  /** No more records come. */
  public void end() {
    partitions.values().forEach(PartitionCheck::end);
  }

  /** Everything found so far. */
  public List<Finding> findings() {
    return List.copyOf(findings);
  }

  /** How many records were compared with the ledger. */
  public long compared() {
    return partitions.values().stream().mapToLong(PartitionCheck::compared).sum();
  }

  /** How many records are not settled yet. */
  public long waiting() {
    return partitions.values().stream().mapToLong(PartitionCheck::waiting).sum();
  }

  private PartitionCheck partition(int number) {
    return partitions.computeIfAbsent(
        number, _ -> new PartitionCheck(topic + "-" + number, findings::add));
  }
}
