package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lineage.ChainCheck;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.policy.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints that are not fit are quarantined; one that is excluded is in no teacher that follows,
 * one that is admitted is in all of them, whenever that is decided.
 */
class DecisionsTest {
  private static final int WHOLE = 4 << 20;
  private static final MergePlan EMA = new MergePlan(new Ema(0.5), 1);

  @TempDir Path folder;

  @Test
  void aCheckpointWithBrokenNumbersIsQuarantinedAndTheNextOneFolds() {
    float[] values = RecordedRun.parameters(1).toArray();
    values[0] = Float.NaN;
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0), withValues(1, values), run().checkpoint(2));

      assertThat(merger.teachers()).extracting(Teacher::getVersion).containsExactly(0L, 2L);
      Decision decision = merger.decisions().getFirst();
      assertThat(decision.getKind()).isEqualTo(DecisionKind.QUARANTINE);
      assertThat(decision.getCheckpoint()).isEqualTo(1);
      assertThat(decision.getBy()).isEqualTo("merger");
      assertThat(decision.getReason())
          .isEqualTo(
              "checkpoint 1 has a value that is no finite number in tensor patch.weight at"
                  + " element 0");
      assertThat(merger.decisions()).hasSize(1);
      assertThat(merger.deadLetters()).isEmpty();
    }
  }

  @ParameterizedTest(name = "shards of {0} bytes")
  @ValueSource(ints = {WHOLE, 512})
  void anExcludedCheckpointIsInNoTeacherThatFollowsUntilItIsAdmittedAgain(int shardBytes) {
    try (var merger = merger(shardBytes, 6)) {
      offer(merger, 0, 5);
      merger.decide(DecisionKind.EXCLUDE, 3);

      List<Teacher> without = merger.teachers().subList(6, 9);
      assertThat(without).extracting(Teacher::getVersion).containsExactly(2L, 4L, 5L);
      assertThat(without).extracting(Teacher::getRevision).containsOnly(1L);
      assertThat(without.getFirst().getParentHash()).isEqualTo(merger.teachers().get(2).getHash());
      assertThat(weights(without.getLast()))
          .containsExactly(weights(run().undisturbed(EMA, shardBytes, 0, 1, 2, 4, 5).getLast()));

      merger.decide(DecisionKind.ADMIT, 3);
      offer(merger, 6, 6);

      List<Teacher> with = merger.teachers().subList(9, merger.teachers().size());
      assertThat(with).extracting(Teacher::getVersion).containsExactly(2L, 3L, 4L, 5L, 6L);
      assertThat(with).extracting(Teacher::getRevision).containsOnly(2L);
      assertThat(weights(with.getLast()))
          .containsExactly(weights(run().undisturbed(EMA, shardBytes, 6).getLast()));
      assertThat(ChainCheck.teachers(merger.teachers(), checkpoints(6))).isEmpty();
    }
  }

  @Test
  void aDecisionThatChangesNothingMakesNoTeacher() {
    try (var merger = merger(WHOLE, 4)) {
      offer(merger, 0, 2);
      merger.decide(DecisionKind.ADMIT, 1);
      merger.decide(DecisionKind.EXCLUDE, 0);
      merger.decide(DecisionKind.EXCLUDE, 3);
      merger.decide(DecisionKind.EXCLUDE, 3);
      offer(merger, 3, 4);

      assertThat(merger.teachers()).extracting(Teacher::getVersion).containsExactly(0L, 1L, 2L, 4L);
      assertThat(merger.teachers()).extracting(Teacher::getRevision).containsOnly(0L);
    }
  }

  @Test
  void aDecisionThatFoundNoMergerIsCarriedOutByTheNextOne() {
    List<Teacher> before = run().undisturbed(EMA, WHOLE, 4);
    var decided = new RunHistory.Decided(7, DrivenMerger.decision(DecisionKind.EXCLUDE, 2));
    try (var merger =
        new DrivenMerger(
            folder, EMA, new ScriptedHistory(before, checkpoints(4), List.of(decided)), WHOLE)) {
      merger.settle();

      assertThat(merger.teachers()).extracting(Teacher::getVersion).containsExactly(1L, 3L, 4L);
      assertThat(weights(merger.teachers().getLast()))
          .containsExactly(weights(run().undisturbed(EMA, WHOLE, 0, 1, 3, 4).getLast()));
    }
  }

  @ParameterizedTest(name = "shards of {0} bytes")
  @ValueSource(ints = {WHOLE, 512})
  void aQuarantinedCheckpointThatIsAdmittedBeforeTheNextOneComesIsMerged(int shardBytes) {
    try (var merger = merger(shardBytes, 7)) {
      offer(merger, 0, 5);
      merger.decide(DecisionKind.EXCLUDE, 6);
      offer(merger, 6, 6);
      assertThat(merger.teachers().getLast().getVersion()).isEqualTo(5);

      merger.decide(DecisionKind.ADMIT, 6);
      assertThat(merger.teachers().getLast().getVersion()).isEqualTo(6);
      offer(merger, 7, 7);

      assertThat(hashes(merger.teachers()))
          .isEqualTo(hashes(run().undisturbed(EMA, shardBytes, 7)));
    }
  }

  @ParameterizedTest(name = "shards of {0} bytes")
  @ValueSource(ints = {WHOLE, 512})
  void teachersAreMadeAnewInSlicesBetweenWhichCheckpointsStillCome(int shardBytes) {
    var history = new ScriptedHistory(List.of(), checkpoints(12), List.of());
    try (var merger = new DrivenMerger(folder, List.of(EMA), history, shardBytes, 1)) {
      checkpoints(9)
          .forEach(
              checkpoint -> {
                merger.offer(checkpoint);
                merger.settleInSlices();
              });
      merger.decide(DecisionKind.EXCLUDE, 2);
      assertThat(merger.teachers()).hasSizeLessThan(13);
      offer(merger, 10, 11);
      merger.decide(DecisionKind.EXCLUDE, 7);
      offer(merger, 12, 12);
      merger.settleInSlices();

      List<Teacher> anew =
          merger.teachers().stream().filter(teacher -> teacher.getRevision() > 0).toList();
      assertThat(anew.getLast().getVersion()).isEqualTo(12);
      assertThat(weights(anew.getLast()))
          .containsExactly(
              weights(
                  run()
                      .undisturbed(EMA, shardBytes, 0, 1, 3, 4, 5, 6, 8, 9, 10, 11, 12)
                      .getLast()));
      assertThat(ChainCheck.teachers(merger.teachers(), checkpoints(12))).isEmpty();
    }
  }

  @Test
  void aMergerThatCatchesUpSaysHowFarItHasJudgedWhenItIsThrough() {
    var history = new ScriptedHistory(run().undisturbed(EMA, 1), checkpoints(5), List.of());
    String judged = RecordedRun.NAME + "/judged";
    try (var merger = new DrivenMerger(folder, List.of(EMA), history, WHOLE, 2)) {
      merger.offer(run().checkpoint(2));
      assertThat(merger.store().get(judged)).isNull();
      merger.settleInSlices();

      assertThat(merger.teachers().getLast().getVersion()).isEqualTo(5);
      assertThat(ByteBuffer.wrap(merger.store().get(judged)).getLong()).isEqualTo(5);
    }
  }

  private static List<String> hashes(List<Teacher> teachers) {
    return teachers.stream().map(Teacher::getHash).toList();
  }

  private DrivenMerger merger(int shardBytes, long last) {
    return new DrivenMerger(
        folder, EMA, new ScriptedHistory(List.of(), checkpoints(last)), shardBytes);
  }

  private void offer(DrivenMerger merger, long first, long last) {
    checkpoints(last).stream()
        .filter(checkpoint -> checkpoint.getVersion() >= first)
        .forEach(merger::offer);
  }

  private List<Checkpoint> checkpoints(long last) {
    var checkpoints = new ArrayList<Checkpoint>();
    for (long version = 0; version <= last; version++) {
      checkpoints.add(run().checkpoint(version));
    }
    return checkpoints;
  }

  private Checkpoint withValues(long version, float[] values) {
    var layout = RecordedRun.parameters(version).layout();
    return run().checkpoint(version, RecordedRun.SPEC, Parameters.of(layout, values));
  }

  private RecordedRun run() {
    return new RecordedRun(blobs());
  }

  private FolderBlobStore blobs() {
    return new FolderBlobStore(folder.resolve("blobs"));
  }

  private float[] weights(Teacher teacher) {
    return new WeightBlobs(blobs()).load(teacher).parameters().toArray();
  }
}
