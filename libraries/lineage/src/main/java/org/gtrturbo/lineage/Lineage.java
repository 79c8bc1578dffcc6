package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.Teacher;

/**
 * Answers where a teacher comes from and what became of a turn, from a run's checkpoints, ledger
 * and teachers. Of checkpoints and teachers it wants neither tensors nor optimizer, and looks at
 * few batches.
 */
public final class Lineage {
  private final List<Checkpoint> checkpoints;
  private final TeacherAncestry teachers;
  private final LongFunction<Optional<LedgerEntry>> ledger;

  /**
   * @param checkpoints by version
   * @param ledger the entry of a version, where there is one; asked for records that were left out
   */
  public Lineage(
      List<Checkpoint> checkpoints,
      TeacherAncestry teachers,
      LongFunction<Optional<LedgerEntry>> ledger) {
    this.checkpoints = List.copyOf(checkpoints);
    this.teachers = teachers;
    this.ledger = ledger;
  }

  /** The newest teacher's version, where there is one. */
  public Optional<Long> newestTeacher() {
    return teachers.newest().map(Teacher::getVersion);
  }

  /** Where the teacher of that version comes from; empty where there is none. */
  public Optional<TeacherLineage> teacher(long version) {
    return teachers.version(version).map(this::lineage);
  }

  private TeacherLineage lineage(Teacher teacher) {
    Map<Long, Double> weights = new HashMap<>();
    teachers
        .shares(teacher)
        .forEach(share -> weights.merge(share.version(), share.weight(), Double::sum));
    long newest = weights.keySet().stream().mapToLong(Long::longValue).max().orElse(-1);
    List<TeacherLineage.Update> updates = new ArrayList<>();
    double reach = 0;
    for (int place = checkpoints.size() - 1; place >= 0; place--) {
      Checkpoint checkpoint = checkpoints.get(place);
      if (checkpoint.getVersion() <= newest) {
        double weight = weights.getOrDefault(checkpoint.getVersion(), 0.0);
        reach += weight;
        updates.add(
            new TeacherLineage.Update(
                checkpoint.getVersion(),
                checkpoint.getHash(),
                weight,
                reach,
                checkpoint.getTurnsTrained() - turnsBefore(place),
                checkpoint.getBatch()));
      }
    }
    return new TeacherLineage(
        new TeacherLineage.Identity(teacher.getVersion(), teacher.getHash()),
        new TeacherLineage.Rule(teacher.getRule(), teacher.getRuleSettings()),
        teacher.getMerged(),
        updates.reversed());
  }

  private long turnsBefore(int place) {
    return place == 0 ? 0 : checkpoints.get(place - 1).getTurnsTrained();
  }

  /** What became of a record. */
  public RecordFate fate(int partition, long offset) {
    for (Checkpoint checkpoint : checkpoints) {
      if (hasSettled(checkpoint, partition, offset)) {
        // What is settled stays so: no version but the first that has it looks at its batch.
        return isIn(checkpoint.getBatch(), partition, offset)
            ? new RecordFate.Trained(checkpoint.getVersion(), checkpoint.getHash())
            : leftOut(checkpoint.getVersion(), partition, offset);
      }
    }
    return new RecordFate.NotSettled();
  }

  /** The teachers that an update has a part in, in the log's order. */
  public List<TouchedTeacher> touchedBy(long version) {
    return teachers.touchedBy(version);
  }

  private RecordFate leftOut(long version, int partition, long offset) {
    return ledger.apply(version).stream()
        .flatMap(entry -> entry.getLeftOut().stream())
        .filter(leftOut -> isIn(leftOut.getRanges(), partition, offset))
        .map(LeftOut::getReason)
        .<RecordFate>map(reason -> new RecordFate.LeftOut(version, reason))
        .findFirst()
        .orElseThrow(
            () ->
                new TamperedLogException(
                    "checkpoint "
                        + version
                        + " says that record "
                        + partition
                        + "@"
                        + offset
                        + " is settled, its ledger entry does not"));
  }

  private static boolean hasSettled(Checkpoint checkpoint, int partition, long offset) {
    for (PartitionProgress progress : checkpoint.getProgress()) {
      if (progress.getPartition() == partition) {
        return offset < progress.getPosition()
            || isIn(progress.getSettledAbove(), partition, offset);
      }
    }
    return false;
  }

  private static boolean isIn(List<OffsetRange> ranges, int partition, long offset) {
    for (OffsetRange range : ranges) {
      if (range.getPartition() == partition
          && range.getFirst() <= offset
          && offset <= range.getLast()) {
        return true;
      }
    }
    return false;
  }
}
