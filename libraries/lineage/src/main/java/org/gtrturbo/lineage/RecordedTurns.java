package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;

/**
 * The turns of a recorded run, taken update by update as its ledger says they were trained on, and
 * checked to be those. Each record is read once; those that no entry taken so far has settled wait
 * in memory. For one thread.
 */
public final class RecordedTurns implements AutoCloseable {
  private final EventReader<Turn> reader;
  private final String topic;
  private final Map<Integer, Long> ends;
  private final Map<Integer, TreeMap<Long, Received<Turn>>> waiting = new HashMap<>();

  private RecordedTurns(EventReader<Turn> reader, String topic, Map<Integer, Long> ends) {
    this.reader = reader;
    this.topic = topic;
    this.ends = ends;
  }

  /**
   * @param reader closed with this
   */
  static RecordedTurns open(EventReader<Turn> reader, String topic, Map<Integer, Long> from) {
    try {
      reader.assign(from);
      return new RecordedTurns(reader, topic, reader.endOffsets());
    } catch (RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  /**
   * The turns that an update was trained on, in the order of its batch manifest. Entries are taken
   * in the order of their versions.
   *
   * @throws TamperedLogException if a record is missing or is not the one that was trained on
   */
  public List<Received.Event<Turn>> take(LedgerEntry entry) {
    readAsFarAs(entry);
    List<Received.Event<Turn>> turns = new ArrayList<>();
    var trained = new SettledRecords(entry.getTrained(), entry.getTrainedDigests());
    for (SettledRecords.Settled settled : trained.all()) {
      turns.add(turn(settled, trained.isDigested(), entry.getVersion()));
    }
    for (LeftOut leftOut : entry.getLeftOut()) {
      leftOut.getRanges().forEach(this::forget);
    }
    return turns;
  }

  private void readAsFarAs(LedgerEntry entry) {
    Map<Integer, Long> behind = new HashMap<>();
    for (OffsetRange range : entry.getTrained()) {
      long end = ends.getOrDefault(range.getPartition(), 0L);
      if (range.getLast() >= end) {
        throw new TamperedLogException(
            "%s: version %d was trained on this record, the log ends at %d"
                .formatted(place(range.getPartition(), range.getLast()), entry.getVersion(), end));
      }
      behind.merge(range.getPartition(), range.getLast() + 1, Math::max);
    }
    reader.readTo(
        behind,
        record ->
            waiting
                .computeIfAbsent(record.partition(), _ -> new TreeMap<>())
                .put(record.offset(), record));
  }

  private Received.Event<Turn> turn(
      SettledRecords.Settled settled, boolean digested, long version) {
    String place = place(settled.partition(), settled.offset());
    Received<Turn> record =
        waiting.getOrDefault(settled.partition(), new TreeMap<>()).remove(settled.offset());
    if (record == null) {
      throw new TamperedLogException(
          place + ": version " + version + " was trained on this record, the log has none there");
    }
    if (digested && !record.digest().equals(settled.digest())) {
      throw new TamperedLogException(
          place
              + ": the record is not the one that version "
              + version
              + " was trained on; its digest is "
              + record.digest()
              + ", the ledger's "
              + settled.digest());
    }
    return switch (record) {
      case Received.Event<Turn> event -> event;
      case Received.Unreadable<Turn> unreadable ->
          throw new TamperedLogException(
              place
                  + ": version "
                  + version
                  + " was trained on this record, which cannot be read: "
                  + unreadable.reason());
    };
  }

  private void forget(OffsetRange range) {
    waiting
        .getOrDefault(range.getPartition(), new TreeMap<>())
        .subMap(range.getFirst(), true, range.getLast(), true)
        .clear();
  }

  private String place(int partition, long offset) {
    return topic + "-" + partition + "@" + offset;
  }

  @Override
  public void close() {
    reader.close();
  }
}
