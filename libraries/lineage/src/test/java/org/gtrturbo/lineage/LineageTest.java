package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.gtrturbo.lineage.SmallRuns.range;
import static org.gtrturbo.lineage.SmallTeachers.chain;
import static org.gtrturbo.lineage.SmallTeachers.checkpoint;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.junit.jupiter.api.Test;

/** From a teacher to the records that trained it, and from a record to the teachers it is in. */
class LineageTest {
  /** Versions 0 to 4; version v trains on 0@10v to 0@10v+7, and leaves out 0@10v+8 as stale. */
  private static final List<Checkpoint> CHECKPOINTS = checkpoints();

  private final Lineage lineage =
      new Lineage(CHECKPOINTS, TeacherAncestry.of(chain(2, 2, _ -> 0.5)), LineageTest::entry);

  private static List<Checkpoint> checkpoints() {
    List<Checkpoint> checkpoints = new ArrayList<>();
    for (long version = 0; version <= 4; version++) {
      List<OffsetRange> above =
          version == 0 ? List.of() : List.of(range(0, 10 * version, 10 * version + 8));
      checkpoints.add(
          SmallRuns.checkpoint(version, new PartitionProgress(0, 10 * version, above))
              .setHash(checkpoint(version))
              .setTurnsTrained(8 * version)
              .setBatch(
                  version == 0 ? List.of() : List.of(range(0, 10 * version, 10 * version + 7)))
              .build());
    }
    return checkpoints;
  }

  private static Optional<LedgerEntry> entry(long version) {
    return Optional.of(
        SmallRuns.entry(version, CHECKPOINTS.get((int) version).getBatch(), List.of())
            .setLeftOut(
                List.of(
                    SmallRuns.leftOut(
                        LeftOutReason.STALE,
                        List.of(range(0, 10 * version + 8, 10 * version + 8)),
                        List.of())))
            .build());
  }

  @Test
  void aTeacherComesOfEveryUpdateUpToItsNewestCheckpoint() {
    TeacherLineage teacher = lineage.teacher(2).orElseThrow();

    assertThat(teacher.updates())
        .extracting(
            TeacherLineage.Update::version,
            TeacherLineage.Update::checkpoint,
            TeacherLineage.Update::weight,
            TeacherLineage.Update::reach,
            TeacherLineage.Update::turns,
            TeacherLineage.Update::trained)
        .containsExactly(
            tuple(0L, "c0", 0.5, 1.0, 0L, List.of()),
            tuple(1L, "c1", 0.0, 0.5, 8L, List.of(range(0, 10, 17))),
            tuple(2L, "c2", 0.5, 0.5, 8L, List.of(range(0, 20, 27))));
  }

  @Test
  void aRecordThatWasTrainedOnNamesItsUpdateAndTheTeachersFromThereOn() {
    assertThat(lineage.fate(0, 37)).isEqualTo(new RecordFate.Trained(3, "c3"));
    assertThat(lineage.touchedBy(3))
        .extracting(TouchedTeacher::version, TouchedTeacher::reach)
        .containsExactly(tuple(4L, 0.5));
  }

  @Test
  void noBatchIsLookedAtButThatOfTheVersionThatSettledTheRecord() {
    List<Checkpoint> unread = new ArrayList<>();
    for (Checkpoint checkpoint : CHECKPOINTS) {
      unread.add(
          checkpoint.getVersion() == 3
              ? checkpoint
              : Checkpoint.newBuilder(checkpoint).setBatch(new Unread()).build());
    }
    var lazy = new Lineage(unread, TeacherAncestry.of(chain(2, 2, _ -> 0.5)), LineageTest::entry);

    assertThat(lazy.fate(0, 37)).isEqualTo(new RecordFate.Trained(3, "c3"));
    assertThat(lazy.fate(0, 38)).isEqualTo(new RecordFate.LeftOut(3, LeftOutReason.STALE));
    assertThat(lazy.teacher(4).orElseThrow().updates()).hasSize(5);
  }

  /** A list that must not be looked at. */
  private static final class Unread extends AbstractList<OffsetRange> {
    @Override
    public OffsetRange get(int index) {
      throw new AssertionError("looked at");
    }

    @Override
    public int size() {
      throw new AssertionError("looked at");
    }
  }

  @Test
  void aRecordThatWasLeftOutSaysWhenAndWhy() {
    assertThat(lineage.fate(0, 38)).isEqualTo(new RecordFate.LeftOut(3, LeftOutReason.STALE));
  }

  @Test
  void whatNoVersionHasReachedIsNotSettled() {
    assertThat(lineage.fate(0, 49)).isEqualTo(new RecordFate.NotSettled());
    assertThat(lineage.fate(1, 10)).isEqualTo(new RecordFate.NotSettled());
  }

  @Test
  void aLedgerThatDoesNotAccountForWhatItsCheckpointSettledIsFoundOut() {
    assertThatThrownBy(() -> lineage.fate(0, 19))
        .isInstanceOf(TamperedLogException.class)
        .hasMessage("checkpoint 2 says that record 0@19 is settled, its ledger entry does not");
  }

  @Test
  void aVersionWithoutATeacherHasNone() {
    assertThat(lineage.teacher(3)).isEmpty();
    assertThat(lineage.newestTeacher()).contains(4L);
  }
}
