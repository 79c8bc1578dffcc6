package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gtrturbo.lineage.SmallRuns.digest;
import static org.gtrturbo.lineage.SmallRuns.entry;
import static org.gtrturbo.lineage.SmallRuns.leftOut;
import static org.gtrturbo.lineage.SmallRuns.range;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.platform.kafka.RecordDigest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A log that is what its ledger says has nothing to find; whatever was done to it is found once,
 * where it was done.
 *
 * <p>The run: partition 0 has 14 records. Version 1 trained on 0 to 3 and 5, version 2 on 4 and 6
 * to 8 and 11, version 1 left out 9 as stale; 10, 12 and 13 belong to open episodes.
 */
class TrajectoryCheckTest {
  private static final String TOPIC = "gtr.run.trajectories";
  private static final int RECORDS = 14;

  @Test
  void aHealthyLogHasNothingToFind() {
    var check = check(records());

    assertThat(check.findings()).isEmpty();
    assertThat(check.compared()).isEqualTo(11);
    assertThat(check.waiting()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 5, 8, 9, 11})
  void aChangedRecordIsNamedWithWhatBecameOfIt(int offset) {
    var records = records();
    records.set(offset, digest("forged"));

    assertThat(check(records).findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.where()).isEqualTo(TOPIC + "-0@" + offset);
              assertThat(finding.what())
                  .startsWith("it is not the record that was " + fate(offset))
                  .contains(digest("forged").toString(), record(offset).toString());
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 5, 8, 9, 11})
  void aRecordThatIsGoneAndLeavesAHoleIsNamed(int offset) {
    var check = new TrajectoryCheck(TOPIC, ledger(), newest());
    check.begin(0, 0);
    for (int at = 0; at < RECORDS; at++) {
      if (at != offset) {
        check.record(0, at, record(at));
      }
    }
    check.end();

    assertThat(check.findings())
        .containsExactly(found(offset, "the record that was " + fate(offset) + " is gone"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 5, 8, 9})
  void aRecordThatIsGoneWithAllBehindMovedUpIsNamedOnce(int offset) {
    var records = records();
    records.remove(offset);

    assertThat(check(records).findings())
        .containsExactly(
            found(
                offset,
                "the record that was "
                    + fate(offset)
                    + " is gone; all behind has moved into its place"));
  }

  @Test
  void severalRecordsThatAreGoneTogetherAreFoundOnce() {
    var records = records();
    records.subList(2, 5).clear();

    assertThat(check(records).findings())
        .containsExactly(
            found(
                2,
                "the record that was trained on by version 1 is gone with 2 more; all behind has"
                    + " moved into their place"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 5, 8})
  void aRecordThatStandsTwiceIsNamedOnce(int offset) {
    var records = records();
    records.add(offset, record(offset));

    assertThat(check(records).findings())
        .containsExactly(
            found(
                offset + 1,
                "a record of before stands here again; all behind lies one further than it did"));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 5, 8, 9})
  void aRecordThatWasPutInIsNamedOnce(int offset) {
    var records = records();
    records.add(offset, digest("forged"));

    assertThat(check(records).findings())
        .containsExactly(
            found(offset, "a record was put in; all behind lies one further than it did"));
  }

  @Test
  void severalRecordsThatWerePutInTogetherAreFoundOnce() {
    var records = records();
    records.addAll(4, List.of(digest("forged"), digest("forged too")));

    assertThat(check(records).findings())
        .containsExactly(found(4, "2 records were put in; all behind lies 2 further than it did"));
  }

  @Test
  void twoThingsDoneAreTwoFindings() {
    var records = records();
    records.set(1, digest("forged"));
    records.remove(6);

    assertThat(check(records).findings())
        .extracting(Finding::where)
        .containsExactly(TOPIC + "-0@1", TOPIC + "-0@6");
  }

  @Test
  void whatIsMissingAtTheEndIsNamedRecordByRecord() {
    assertThat(check(records().subList(0, 8)).findings())
        .extracting(Finding::where)
        .containsExactly(TOPIC + "-0@8", TOPIC + "-0@9", TOPIC + "-0@11");
  }

  @Test
  void aPartitionThatIsGoneIsMissedWhole() {
    var check = new TrajectoryCheck(TOPIC, ledger(), newest());
    check.end();

    assertThat(check.findings()).hasSize(11);
  }

  @Test
  void whatIsNoLongerKeptIsNotMissed() {
    var check = new TrajectoryCheck(TOPIC, ledger(), newest());
    check.begin(0, 6);
    for (int at = 6; at < RECORDS; at++) {
      check.record(0, at, record(at));
    }
    check.end();

    assertThat(check.findings()).isEmpty();
    assertThat(check.compared()).isEqualTo(5);
  }

  @Test
  void aHoleThatTheLearnerSawIsNoLossAndARecordInItIsFound() {
    var ledger =
        List.of(
            entry(1, List.of(range(0, 0, 1)), List.of(record(0), record(1)))
                .setLeftOut(
                    List.of(
                        leftOut(
                            LeftOutReason.GAP,
                            List.of(range(0, 2, 3)),
                            List.of(RecordDigest.NONE, record(3)))))
                .build());
    var newest = SmallRuns.checkpoint(1, new PartitionProgress(0, 4L, List.of())).build();
    var whole = new TrajectoryCheck(TOPIC, ledger, newest);
    var filled = new TrajectoryCheck(TOPIC, ledger, newest);
    for (int offset = 0; offset < 4; offset++) {
      if (offset != 2) {
        whole.record(0, offset, record(offset));
      }
      filled.record(0, offset, record(offset));
    }
    whole.end();
    filled.end();

    assertThat(whole.findings()).isEmpty();
    assertThat(filled.findings())
        .containsExactly(
            found(2, "there was no record here when it was left out as GAP by version 1"));
  }

  @Test
  void equalRecordsSideBySideAreNoFinding() {
    var ledger =
        List.of(
            entry(
                    1,
                    List.of(range(0, 0, 2)),
                    List.of(digest("same"), digest("same"), digest("other")))
                .build());
    var newest = SmallRuns.checkpoint(1, new PartitionProgress(0, 3L, List.of())).build();
    var check = new TrajectoryCheck(TOPIC, ledger, newest);
    check.record(0, 0, digest("same"));
    check.record(0, 1, digest("same"));
    check.record(0, 2, digest("other"));
    check.end();

    assertThat(check.findings()).isEmpty();
  }

  @Test
  void entriesOfBeforeThereWereDigestsAreComparedByTheirOffsets() {
    var old =
        ledger().stream()
            .map(each -> LedgerEntry.newBuilder(each).setTrainedDigests(none()).build())
            .toList();
    var records = records();
    records.set(1, digest("nobody can tell"));

    assertThat(check(old, records).findings()).isEmpty();
    assertThat(check(old, records.subList(0, 3)).findings()).isNotEmpty();
  }

  @Test
  void anOffsetThatIsSettledTwiceIsNamedWithBothFates() {
    var ledger = new ArrayList<>(ledger());
    ledger.add(entry(3, List.of(range(0, 9, 9)), List.of(record(9))).build());

    assertThat(check(ledger, records()).findings())
        .containsExactly(
            found(
                9,
                "it is accounted for twice: left out as STALE by version 1, and trained on by"
                    + " version 3"));
  }

  @Test
  void anOffsetThatIsNeverSettledIsNamed() {
    List<LedgerEntry> lost = List.of(ledger().getFirst());

    assertThat(check(lost, records()).findings())
        .containsExactly(
            found(4, "it is the first of 4 that are neither trained on nor left out"),
            found(11, "the checkpoint says that it is settled, the ledger does not"));
  }

  @Test
  void anOffsetThatTheCheckpointAloneCallsSettledIsNamed() {
    var newest =
        SmallRuns.checkpoint(2, new PartitionProgress(0, 10L, List.of(range(0, 11, 12)))).build();

    assertThat(new TrajectoryCheck(TOPIC, ledger(), newest).findings())
        .containsExactly(found(12, "the checkpoint says that it is settled, the ledger does not"));
  }

  @Test
  void anEntryWithTooFewDigestsIsNamed() {
    var broken = List.of(entry(1, List.of(range(0, 0, 1)), List.of(record(0))).build());

    assertThat(new TrajectoryCheck(TOPIC, broken, SmallRuns.checkpoint(1).build()).findings())
        .containsExactly(
            new Finding("ledger entry 1", "2 offsets must have 32 bytes of digests, got 16"));
  }

  @Test
  void aRunOfMillionsOfTurnsIsHeldInLittleMoreThanItsLedger() {
    int versions = 80;
    int turns = 100_000;
    var ledger = new ArrayList<LedgerEntry>();
    for (int version = 0; version < versions; version++) {
      long first = (long) version * turns;
      ledger.add(numbered(version + 1, first, first + turns - 1));
    }
    long all = (long) versions * turns;
    var newest = SmallRuns.checkpoint(versions, new PartitionProgress(0, all, List.of())).build();

    // As objects, all that is expected would not fit into the memory that tests have.
    var check = new TrajectoryCheck(TOPIC, ledger, newest);
    for (long offset = 0; offset < all; offset++) {
      check.record(0, offset, new RecordDigest(1, offset));
    }
    check.end();

    assertThat(check.findings()).isEmpty();
    assertThat(check.compared()).isEqualTo(all);
  }

  private static LedgerEntry numbered(long version, long first, long last) {
    var digests = ByteBuffer.allocate((int) (last - first + 1) * RecordDigest.BYTES);
    for (long offset = first; offset <= last; offset++) {
      new RecordDigest(1, offset).putInto(digests);
    }
    return LedgerEntry.newBuilder(entry(version, List.of(), List.of()).build())
        .setTrained(List.of(range(0, first, last)))
        .setTrainedDigests(digests.flip())
        .build();
  }

  private static TrajectoryCheck check(List<RecordDigest> records) {
    return check(ledger(), records);
  }

  private static TrajectoryCheck check(List<LedgerEntry> ledger, List<RecordDigest> records) {
    var check = new TrajectoryCheck(TOPIC, ledger, newest());
    check.begin(0, 0);
    for (int offset = 0; offset < records.size(); offset++) {
      check.record(0, offset, records.get(offset));
    }
    check.end();
    return check;
  }

  private static List<LedgerEntry> ledger() {
    List<OffsetRange> first = List.of(range(0, 0, 3), range(0, 5, 5));
    List<OffsetRange> second = List.of(range(0, 4, 4), range(0, 6, 8), range(0, 11, 11));
    return List.of(
        entry(1, first, digestsOf(first))
            .setLeftOut(
                List.of(leftOut(LeftOutReason.STALE, List.of(range(0, 9, 9)), List.of(record(9)))))
            .build(),
        entry(2, second, digestsOf(second)).build());
  }

  private static String fate(int offset) {
    return offset == 9
        ? "left out as STALE by version 1"
        : "trained on by version " + (offset < 4 || offset == 5 ? 1 : 2);
  }

  private static Checkpoint newest() {
    return SmallRuns.checkpoint(2, new PartitionProgress(0, 10L, List.of(range(0, 11, 11))))
        .build();
  }

  private static ByteBuffer none() {
    return SmallRuns.digests(List.of());
  }

  private static List<RecordDigest> digestsOf(List<OffsetRange> ranges) {
    return ranges.stream()
        .flatMap(range -> LongStream.rangeClosed(range.getFirst(), range.getLast()).boxed())
        .map(offset -> record(offset.intValue()))
        .toList();
  }

  private static List<RecordDigest> records() {
    return new ArrayList<>(
        LongStream.range(0, RECORDS).mapToObj(offset -> record((int) offset)).toList());
  }

  private static RecordDigest record(int offset) {
    return digest("record " + offset);
  }

  private static Finding found(int offset, String what) {
    return new Finding(TOPIC + "-0@" + offset, what);
  }
}
