package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;

/** Walks the chains of a run: what says that it was made from what, and whether that holds. */
public final class ChainCheck {
  private final List<Finding> findings = new ArrayList<>();

  private ChainCheck() {}

  /**
   * Whether the versions follow each other without gap or double, each has the hash of its content,
   * names its parent's, and stands with a ledger entry that speaks of it.
   *
   * @param checkpoints in the log's order
   * @param ledger in the log's order
   */
  public static List<Finding> checkpoints(List<Checkpoint> checkpoints, List<LedgerEntry> ledger) {
    var check = new ChainCheck();
    Map<Long, LedgerEntry> entries = check.entries(ledger);
    String parent = "";
    long due = 0;
    for (Checkpoint checkpoint : checkpoints) {
      String where = "checkpoint " + checkpoint.getVersion();
      check.require(
          checkpoint.getVersion() == due, where, "it stands where version " + due + " belongs");
      check.require(
          checkpoint.getParentHash().equals(parent),
          where,
          "its parent's hash is not that of the version before");
      check.require(
          checkpoint.getHash().equals(CheckpointHash.of(checkpoint)),
          where,
          "its content has another hash than it says");
      parent = checkpoint.getHash();
      due = checkpoint.getVersion() + 1;
      LedgerEntry entry = entries.get(checkpoint.getVersion());
      check.require(entry != null, where, "no ledger entry was committed with it");
      if (entry != null) {
        check.entry(checkpoint, entry);
      }
    }
    var versions = checkpoints.stream().map(Checkpoint::getVersion).collect(Collectors.toSet());
    for (long version : entries.keySet()) {
      check.require(
          versions.contains(version),
          "ledger entry " + version,
          "no checkpoint was committed with it");
    }
    return List.copyOf(check.findings);
  }

  private Map<Long, LedgerEntry> entries(List<LedgerEntry> ledger) {
    Map<Long, LedgerEntry> entries = new TreeMap<>();
    long before = -1;
    for (LedgerEntry entry : ledger) {
      require(
          entry.getVersion() > before,
          "ledger entry " + entry.getVersion(),
          "it stands behind ledger entry " + before + " already");
      entries.put(entry.getVersion(), entry);
      before = entry.getVersion();
    }
    return entries;
  }

  private void entry(Checkpoint checkpoint, LedgerEntry entry) {
    String where = "ledger entry " + entry.getVersion();
    require(
        entry.getVersion() == checkpoint.getVersion()
            && entry.getCheckpointHash().equals(checkpoint.getHash()),
        where,
        "it is not that of checkpoint " + checkpoint.getVersion() + " which it was committed with");
    require(
        entry.getTrained().equals(checkpoint.getBatch()),
        where,
        "what it says was trained on is not the checkpoint's batch manifest");
    require(
        entry.getTurnsTrained() == offsets(entry.getTrained()),
        where,
        "it counts other turns trained on than it names");
    for (LeftOut leftOut : entry.getLeftOut()) {
      require(
          leftOut.getTurns() == offsets(leftOut.getRanges()),
          where,
          "it counts other turns left out as " + leftOut.getReason() + " than it names");
    }
    if (!checkpoint.getLedgerDigest().isEmpty()) {
      require(
          LedgerDigest.of(entry).equals(checkpoint.getLedgerDigest()),
          where,
          "it is not what the checkpoint was made with; its ledger digest differs");
    }
  }

  private static long offsets(List<OffsetRange> ranges) {
    return ranges.stream().mapToLong(range -> range.getLast() - range.getFirst() + 1).sum();
  }

  /**
   * Whether each teacher has the hash of its content, follows its predecessor in its stream, and is
   * made from checkpoints of the run. A new revision may follow any teacher of the stream before
   * it.
   *
   * @param teachers in the log's order
   */
  public static List<Finding> teachers(List<Teacher> teachers, List<Checkpoint> checkpoints) {
    var check = new ChainCheck();
    Map<Long, String> hashes = new HashMap<>();
    checkpoints.forEach(each -> hashes.put(each.getVersion(), each.getHash()));
    Map<String, List<Teacher>> streams = new TreeMap<>();
    for (Teacher teacher : teachers) {
      List<Teacher> before = streams.computeIfAbsent(teacher.getStream(), _ -> new ArrayList<>());
      check.teacher(teacher, before, hashes);
      before.add(teacher);
    }
    return List.copyOf(check.findings);
  }

  private void teacher(Teacher teacher, List<Teacher> before, Map<Long, String> checkpoints) {
    String where =
        (teacher.getStream().isEmpty() ? "" : teacher.getStream() + " ")
            + "teacher "
            + teacher.getVersion();
    if (!before.isEmpty() && teacher.getRevision() == before.getLast().getRevision() + 1) {
      require(
          before.stream()
              .anyMatch(
                  each ->
                      each.getHash().equals(teacher.getParentHash())
                          && each.getVersion() == teacher.getVersion()),
          where,
          "revision "
              + teacher.getRevision()
              + " begins with it and no teacher is what it repeats");
    } else {
      long newest = before.isEmpty() ? -1 : before.getLast().getVersion();
      require(
          teacher.getVersion() > newest, where, "it stands behind teacher " + newest + " already");
      require(
          teacher.getParentHash().equals(before.isEmpty() ? "" : before.getLast().getHash()),
          where,
          "its parent's hash is not that of the teacher before");
      require(
          before.isEmpty() || teacher.getRevision() == before.getLast().getRevision(),
          where,
          "its revision is not that of the teacher before");
    }
    require(
        teacher.getHash().equals(TeacherHash.of(teacher)),
        where,
        "its content has another hash than it says");
    for (TeacherInput input : teacher.getInputs()) {
      if (input.getKind() == TeacherInputKind.CHECKPOINT) {
        require(
            input.getHash().equals(checkpoints.get(input.getVersion())),
            where,
            "checkpoint " + input.getVersion() + " that it was made from is not the run's");
      }
    }
  }

  private void require(boolean holds, String where, String otherwise) {
    if (!holds) {
      findings.add(new Finding(where, otherwise));
    }
  }
}
