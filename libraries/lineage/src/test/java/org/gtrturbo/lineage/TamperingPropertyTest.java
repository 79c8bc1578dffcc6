package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gtrturbo.lineage.SmallRuns.digest;
import static org.gtrturbo.lineage.SmallRuns.range;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.platform.kafka.RecordDigest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Over logs with holes, with records left out for any reason and with episodes still open: as they
 * are nothing is found, and one thing done to one settled record is one finding, which names its
 * place.
 */
class TamperingPropertyTest {
  private static final String TOPIC = "gtr.run.trajectories";
  private static final int VERSIONS = 6;
  private static final String FORGED = "forged";

  /**
   * One partition.
   *
   * @param records by offset; none where there is a hole
   * @param settledBy the version that settled an offset; none for an open one
   * @param position all below is settled
   */
  private record Partition(
      int number, TreeMap<Long, String> records, TreeMap<Long, Integer> settledBy, long position) {

    static Partition random(int number, SplittableRandom random) {
      var records = new TreeMap<Long, String>();
      var settledBy = new TreeMap<Long, Integer>();
      long length = 20 + random.nextInt(40);
      long position = length / 2 + random.nextInt((int) length / 4);
      for (long offset = 0; offset < length; offset++) {
        if (random.nextInt(12) > 0) {
          records.put(offset, "record " + number + "@" + offset);
        }
        if (offset < position || random.nextInt(3) == 0) {
          settledBy.put(offset, 1 + random.nextInt(VERSIONS));
        }
      }
      settledBy.remove(position);
      // Behind the last settled record nobody can tell whether records have moved.
      records.put(length - 1, "record " + number + "@" + (length - 1));
      settledBy.put(length - 1, VERSIONS);
      return new Partition(number, records, settledBy, position);
    }

    /** The records of the offsets that a version settled, split by what became of them. */
    List<OffsetRange> settled(int version, Fate fate) {
      return settledBy.entrySet().stream()
          .filter(each -> each.getValue() == version && fate(each.getKey()) == fate)
          .map(each -> range(number, each.getKey(), each.getKey()))
          .toList();
    }

    private Fate fate(long offset) {
      if (!records.containsKey(offset)) {
        return Fate.HOLE;
      }
      return offset % 5 == 0 ? Fate.LEFT_OUT : Fate.TRAINED;
    }

    List<RecordDigest> digests(List<OffsetRange> ranges) {
      return ranges.stream()
          .map(range -> records.get(range.getFirst()))
          .map(record -> record == null ? RecordDigest.NONE : digest(record))
          .toList();
    }

    PartitionProgress progress() {
      var above =
          settledBy.tailMap(position).keySet().stream()
              .map(offset -> range(number, offset, offset))
              .toList();
      return new PartitionProgress(number, position, above);
    }
  }

  private enum Fate {
    TRAINED,
    LEFT_OUT,
    HOLE
  }

  private enum Tampering {
    CHANGE,
    TAKE_OUT,
    TAKE_OUT_AND_CLOSE,
    DOUBLE,
    PUT_IN;

    /** The tampered records, and where it shows. */
    Tampered of(TreeMap<Long, String> whole, long offset) {
      var records = new TreeMap<>(whole.headMap(offset, false));
      var behind = whole.tailMap(offset, false);
      String record = whole.get(offset);
      switch (this) {
        case CHANGE -> {
          records.put(offset, FORGED);
          records.putAll(behind);
        }
        case TAKE_OUT -> records.putAll(behind);
        case TAKE_OUT_AND_CLOSE -> behind.forEach((at, each) -> records.put(at - 1, each));
        case DOUBLE -> {
          records.put(offset, record);
          records.put(offset + 1, record);
          behind.forEach((at, each) -> records.put(at + 1, each));
        }
        case PUT_IN -> {
          records.put(offset, FORGED);
          records.put(offset + 1, record);
          behind.forEach((at, each) -> records.put(at + 1, each));
        }
      }
      return new Tampered(records, this == DOUBLE ? offset + 1 : offset);
    }
  }

  private record Tampered(TreeMap<Long, String> records, long shows) {}

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void oneTamperingIsOneFindingInItsPlace(long seed) {
    var random = new SplittableRandom(seed);
    List<Partition> partitions = new ArrayList<>();
    for (int number = 0; number <= random.nextInt(3); number++) {
      partitions.add(Partition.random(number, random));
    }
    assertThat(findings(partitions, Map.of())).as("the log as it is").isEmpty();

    Partition tampered = partitions.get(random.nextInt(partitions.size()));
    for (Tampering tampering : Tampering.values()) {
      long offset = settledRecord(tampered, random);
      Tampered done = tampering.of(tampered.records, offset);
      assertThat(findings(partitions, Map.of(tampered.number, done.records)))
          .as(tampering + " at " + tampered.number + "@" + offset)
          .extracting(Finding::where)
          .containsExactly(TOPIC + "-" + tampered.number + "@" + done.shows);
    }
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 200);
  }

  /** Below the position, with a settled one behind: a newer one may wait for its episode's end. */
  private static long settledRecord(Partition partition, SplittableRandom random) {
    List<Long> candidates =
        List.copyOf(partition.records.headMap(partition.position - 1, false).keySet());
    return candidates.get(random.nextInt(candidates.size()));
  }

  private static List<Finding> findings(
      List<Partition> partitions, Map<Integer, TreeMap<Long, String>> tampered) {
    var check = new TrajectoryCheck(TOPIC, ledger(partitions), newest(partitions));
    for (Partition partition : partitions) {
      check.begin(partition.number, 0);
      tampered
          .getOrDefault(partition.number, partition.records)
          .forEach((offset, record) -> check.record(partition.number, offset, digest(record)));
    }
    check.end();
    return check.findings();
  }

  private static List<LedgerEntry> ledger(List<Partition> partitions) {
    List<LedgerEntry> ledger = new ArrayList<>();
    for (int version = 1; version <= VERSIONS; version++) {
      int by = version;
      List<OffsetRange> trained = ranges(partitions, by, Fate.TRAINED);
      ledger.add(
          SmallRuns.entry(by, trained, digests(partitions, trained))
              .setLeftOut(
                  Stream.of(
                          leftOut(partitions, by, LeftOutReason.STALE, Fate.LEFT_OUT),
                          leftOut(partitions, by, LeftOutReason.GAP, Fate.HOLE))
                      .toList())
              .build());
    }
    return ledger;
  }

  private static LeftOut leftOut(
      List<Partition> partitions, int version, LeftOutReason reason, Fate fate) {
    List<OffsetRange> ranges = ranges(partitions, version, fate);
    return SmallRuns.leftOut(reason, ranges, digests(partitions, ranges));
  }

  private static List<OffsetRange> ranges(List<Partition> partitions, int version, Fate fate) {
    return partitions.stream().flatMap(each -> each.settled(version, fate).stream()).toList();
  }

  private static List<RecordDigest> digests(List<Partition> partitions, List<OffsetRange> ranges) {
    return ranges.stream()
        .flatMap(range -> partitions.get(range.getPartition()).digests(List.of(range)).stream())
        .toList();
  }

  private static Checkpoint newest(List<Partition> partitions) {
    return SmallRuns.checkpoint(
            VERSIONS,
            partitions.stream().map(Partition::progress).toArray(PartitionProgress[]::new))
        .build();
  }
}
