package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.gtrturbo.lineage.SmallRuns.digest;
import static org.gtrturbo.lineage.SmallRuns.range;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOut;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A whole chain is found whole, and every break in it is found where it is. */
class ChainCheckTest {
  private static final int VERSIONS = 5;

  /** The lists of a run, which a test may break. */
  private record Chains(
      List<Checkpoint> checkpoints, List<LedgerEntry> ledger, List<Teacher> teachers) {

    static Chains whole() {
      List<Checkpoint.Builder> unchained = new ArrayList<>();
      List<LedgerEntry.Builder> entries = new ArrayList<>();
      for (int version = 0; version < VERSIONS; version++) {
        List<OffsetRange> batch =
            version == 0 ? List.of() : List.of(range(0, 2L * version, 2L * version + 1));
        var entry =
            SmallRuns.entry(
                version,
                batch,
                LongStream.range(0, 2L * batch.size())
                    .mapToObj(turn -> digest("turn " + turn))
                    .toList());
        entry.setLeftOut(List.of(stale(version)));
        entries.add(entry);
        unchained.add(
            SmallRuns.checkpoint(version)
                .setBatch(batch)
                .setLedgerDigest(LedgerDigest.of(entry.build())));
      }
      List<Checkpoint> checkpoints = SmallRuns.chained(unchained);
      List<LedgerEntry> ledger = new ArrayList<>();
      for (Checkpoint checkpoint : checkpoints) {
        var entry = entries.get(Math.toIntExact(checkpoint.getVersion()));
        ledger.add(entry.setCheckpointHash(checkpoint.getHash()).build());
      }
      return new Chains(new ArrayList<>(checkpoints), ledger, teachersOf(checkpoints));
    }

    private static List<Teacher> teachersOf(List<Checkpoint> checkpoints) {
      List<Teacher> teachers = new ArrayList<>();
      String parent = "";
      for (int version = 0; version < VERSIONS; version += 2) {
        var input = input(version, checkpoints.get(version).getHash());
        Teacher teacher = hashed(teacher(version, input).setParentHash(parent));
        teachers.add(teacher);
        parent = teacher.getHash();
      }
      return teachers;
    }

    List<Finding> findings() {
      List<Finding> findings = new ArrayList<>(ChainCheck.checkpoints(checkpoints, ledger));
      findings.addAll(ChainCheck.teachers(teachers, checkpoints));
      return findings;
    }

    void changeCheckpoint(int version, Consumer<Checkpoint.Builder> change) {
      var changed = Checkpoint.newBuilder(checkpoints.get(version));
      change.accept(changed);
      checkpoints.set(version, changed.build());
    }

    void changeEntry(int version, Consumer<LedgerEntry.Builder> change) {
      var changed = LedgerEntry.newBuilder(ledger.get(version));
      change.accept(changed);
      ledger.set(version, changed.build());
    }

    void changeTeacher(int place, Consumer<Teacher.Builder> change) {
      var changed = Teacher.newBuilder(teachers.get(place));
      change.accept(changed);
      teachers.set(place, changed.build());
    }
  }

  @Test
  void aWholeChainHasNothingToFind() {
    assertThat(Chains.whole().findings()).isEmpty();
  }

  @Test
  void entriesOfBeforeThereWereDigestsAreWholeToo() {
    var chains = Chains.whole();
    List<Checkpoint.Builder> old = new ArrayList<>();
    chains.checkpoints.forEach(each -> old.add(Checkpoint.newBuilder(each).setLedgerDigest("")));
    List<Checkpoint> checkpoints = SmallRuns.chained(old);
    for (int version = 0; version < VERSIONS; version++) {
      String hash = checkpoints.get(version).getHash();
      chains.changeEntry(
          version,
          entry -> entry.setCheckpointHash(hash).setTrainedDigests(SmallRuns.digests(List.of())));
    }

    assertThat(ChainCheck.checkpoints(checkpoints, chains.ledger)).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("breaks")
  void everyBreakIsFoundWhereItIs(String what, Consumer<Chains> change, Finding... expected) {
    var chains = Chains.whole();
    change.accept(chains);

    assertThat(chains.findings()).as(what).containsExactly(expected);
  }

  static Stream<Arguments> breaks() {
    return Stream.concat(Stream.concat(ofCheckpoints(), ofTheLedger()), ofTeachers());
  }

  private static Stream<Arguments> ofCheckpoints() {
    var parent = "its parent's hash is not that of the version before";
    return Stream.of(
        broken(
            "a checkpoint is gone",
            chains -> chains.checkpoints.remove(3),
            new Finding("checkpoint 4", "it stands where version 3 belongs"),
            new Finding("checkpoint 4", parent),
            new Finding("ledger entry 3", "no checkpoint was committed with it")),
        broken(
            "a checkpoint stands twice",
            chains -> chains.checkpoints.add(3, chains.checkpoints.get(2)),
            new Finding("checkpoint 2", "it stands where version 3 belongs"),
            new Finding("checkpoint 2", parent)),
        broken(
            "a checkpoint's content is changed",
            chains -> chains.changeCheckpoint(3, each -> each.setTurnsTrained(13)),
            new Finding("checkpoint 3", "its content has another hash than it says")),
        broken(
            "a checkpoint is made anew with another content",
            chains ->
                chains.changeCheckpoint(
                    3, each -> each.setHash(CheckpointHash.of(each.setOptimizerSteps(9).build()))),
            new Finding(
                "ledger entry 3", "it is not that of checkpoint 3 which it was committed with"),
            new Finding("checkpoint 4", parent)));
  }

  private static Stream<Arguments> ofTheLedger() {
    var digest = "it is not what the checkpoint was made with; its ledger digest differs";
    return Stream.of(
        broken(
            "a ledger entry is gone",
            chains -> chains.ledger.remove(2),
            new Finding("checkpoint 2", "no ledger entry was committed with it")),
        broken(
            "a ledger entry stands twice",
            chains -> chains.ledger.add(3, chains.ledger.get(2)),
            new Finding("ledger entry 2", "it stands behind ledger entry 2 already")),
        broken(
            "a ledger entry is of another checkpoint",
            chains -> chains.changeEntry(2, each -> each.setCheckpointHash("other")),
            new Finding(
                "ledger entry 2", "it is not that of checkpoint 2 which it was committed with")),
        broken(
            "a ledger entry names other turns",
            chains -> chains.changeEntry(2, each -> each.setTrained(List.of(range(0, 5, 6)))),
            new Finding(
                "ledger entry 2",
                "what it says was trained on is not the checkpoint's batch manifest"),
            new Finding("ledger entry 2", digest)),
        broken(
            "a ledger entry has other digests",
            chains ->
                chains.changeEntry(
                    2,
                    each ->
                        each.setTrainedDigests(
                            SmallRuns.digests(List.of(digest("x"), digest("turn 1"))))),
            new Finding("ledger entry 2", digest)),
        broken(
            "a ledger entry gives another reason",
            chains ->
                chains.changeEntry(
                    2,
                    each ->
                        each.setLeftOut(
                            List.of(
                                LeftOut.newBuilder(stale(2))
                                    .setReason(LeftOutReason.ABANDONED)
                                    .build()))),
            new Finding("ledger entry 2", digest)),
        broken(
            "a ledger entry counts otherwise what was trained on",
            chains -> chains.changeEntry(2, each -> each.setTurnsTrained(3)),
            new Finding("ledger entry 2", "it counts other turns trained on than it names")),
        broken(
            "a ledger entry counts otherwise what was left out",
            chains ->
                chains.changeEntry(
                    2,
                    each ->
                        each.setLeftOut(List.of(LeftOut.newBuilder(stale(2)).setTurns(2).build()))),
            new Finding(
                "ledger entry 2", "it counts other turns left out as STALE than it names")));
  }

  private static Stream<Arguments> ofTeachers() {
    var parent = "its parent's hash is not that of the teacher before";
    return Stream.of(
        broken(
            "a teacher is gone",
            chains -> chains.teachers.remove(1),
            new Finding("teacher 4", parent)),
        broken(
            "a teacher stands twice",
            chains -> chains.teachers.add(2, chains.teachers.get(1)),
            new Finding("teacher 2", "it stands behind teacher 2 already"),
            new Finding("teacher 2", parent)),
        broken(
            "a teacher's content is changed",
            chains -> chains.changeTeacher(1, each -> each.setRule("sma")),
            new Finding("teacher 2", "its content has another hash than it says")),
        broken(
            "the last teacher is made anew from another run's checkpoint",
            chains ->
                chains.changeTeacher(
                    2,
                    each -> {
                      each.setInputs(List.of(input(4, "other")));
                      each.setHash(TeacherHash.of(each.build()));
                    }),
            new Finding("teacher 4", "checkpoint 4 that it was made from is not the run's")));
  }

  private static Arguments broken(String what, Consumer<Chains> change, Finding... expected) {
    return arguments(what, change, expected);
  }

  private static LeftOut stale(long version) {
    return SmallRuns.leftOut(
        LeftOutReason.STALE,
        List.of(range(1, version, version)),
        List.of(digest("stale " + version)));
  }

  private static TeacherInput input(long version, String hash) {
    return new TeacherInput(TeacherInputKind.CHECKPOINT, version, hash, 0.5);
  }

  private static Teacher.Builder teacher(long version, TeacherInput input) {
    return Teacher.newBuilder()
        .setRun("run")
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setRule("ema")
        .setRuleSettings(Map.of("alpha", "0.5"))
        .setMerged(version / 2)
        .setInputs(List.of(input))
        .setPolicy(new BlobRef("policy", 1L))
        .setTensors(List.of())
        .setOnnx(new BlobRef("onnx", 1L))
        .setCreatedAt(Instant.EPOCH);
  }

  private static Teacher hashed(Teacher.Builder teacher) {
    return teacher.setHash(TeacherHash.of(teacher.build())).build();
  }
}
