package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.policy.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An update out of proportion is quarantined, and the same ones are wherever mergers stop and
 * others begin, here without the state of the one before.
 */
class NormJumpTest {
  private static final int WHOLE = 4 << 20;
  private static final MergePlan EMA = new MergePlan(new Ema(0.5), 1);
  private static final float STEP = 1e-3f;

  @TempDir Path folder;

  /** What one merger after the other has said. */
  private final List<Teacher> teachers = new ArrayList<>();

  private final List<Decision> decisions = new ArrayList<>();

  @Test
  void anUpdateOutOfProportionIsQuarantinedAndThoseBehindItAreNot() {
    mergedBy(List.of(9), List.of(steps(1, 1, 1, 1, 1, 1, 1e4, 0, 1)));

    assertThat(decisions).extracting(Decision::getCheckpoint).containsExactly(7L);
    assertThat(decisions.getFirst().getReason())
        .startsWith("checkpoint 7 lies")
        .contains("from checkpoint 6, more than 10.0 times the median");
    assertThat(merged()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 8L, 9L);
  }

  @ParameterizedTest(name = "behind checkpoint {0}")
  @ValueSource(ints = {4, 6, 7})
  void whereAMergerStartsAgainMakesNoDifference(int last) {
    mergedBy(List.of(last, 9), List.of(steps(1, 1, 1, 1, 1, 1, 1e4, 0, 1)));

    assertThat(decisions).extracting(Decision::getCheckpoint).containsExactly(7L);
    assertThat(merged()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 8L, 9L);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2})
  void manyRestartsMakeNoDifferenceOverALongHistory(long seed) {
    var random = new SplittableRandom(seed);
    double[] steps = random.doubles(40, 0.2, 2).toArray();
    for (int jump = 0; jump < 6; jump++) {
      steps[5 + random.nextInt(steps.length - 5)] = random.nextBoolean() ? 300 : 15;
    }
    steps[20] = Double.NaN;
    var undisturbed = new NormJumpTest();
    undisturbed.folder = folder;
    undisturbed.mergedBy(List.of(steps.length), List.of(steps));
    List<Integer> stops = new ArrayList<>();
    for (int stop = 1 + random.nextInt(9); stop < steps.length; stop += 1 + random.nextInt(9)) {
      stops.add(stop);
    }
    stops.add(steps.length);

    mergedBy(stops, List.of(steps));

    assertThat(decisions)
        .extracting(Decision::getCheckpoint)
        .hasSizeGreaterThan(3)
        .containsExactlyElementsOf(
            undisturbed.decisions.stream().map(Decision::getCheckpoint).toList());
    assertThat(teachers)
        .extracting(Teacher::getHash)
        .containsExactlyElementsOf(undisturbed.teachers.stream().map(Teacher::getHash).toList());
  }

  @Test
  void checkpointsThatWaitWhenAMergerStartsAreJudgedAsWell() {
    mergedBy(List.of(5), List.of(steps(1, 1, 1, 1, 1)));
    List<Checkpoint> checkpoints = checkpoints(steps(1, 1, 1, 1, 1, 1e4, 0, 1));

    try (var merger = merger(checkpoints)) {
      merger.settle();
      checkpoints.subList(6, 9).forEach(merger::offer);
      keep(merger);
    }

    assertThat(decisions).extracting(Decision::getCheckpoint).containsExactly(6L);
    assertThat(merged()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 7L, 8L);
  }

  @Test
  void aMergerThatHasItsStateReadsNoEarlierCheckpointThanTheLast() {
    double[] steps = steps(1, 1, 1, 1, 1, 1, 1e4);
    List<Checkpoint> checkpoints = checkpoints(steps);
    byte[] kept;
    try (var merger = merger(List.of())) {
      checkpoints.subList(0, 7).forEach(merger::offer);
      kept = merger.store().get(RecordedRun.NAME + "/norms");
      keep(merger);
    }
    assertThat(UpdateNorms.Known.of(kept).version()).isEqualTo(6);
    assertThat(UpdateNorms.Known.of(kept).norms()).hasSize(6);

    try (var merger = merger(checkpoints.subList(6, 7))) {
      merger.store().put(RecordedRun.NAME + "/norms", kept);
      merger.offer(checkpoints.get(7));
      keep(merger);
    }

    assertThat(decisions).extracting(Decision::getCheckpoint).containsExactly(7L);
  }

  @Test
  void aStepThatSomebodyHasAdmittedCountsAsOneOfProportion() {
    decisions.add(DrivenMerger.decision(DecisionKind.ADMIT, 6));
    mergedBy(List.of(5, 6, 7), List.of(steps(1, 1, 1, 1, 1, 1e4, 1)));

    assertThat(decisions).hasSize(1);
    assertThat(merged()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
  }

  @ParameterizedTest(name = "restart behind checkpoint {0}")
  @ValueSource(ints = {7, 8})
  void whatIsBehindAnExcludedCheckpointIsMeasuredFromIt(int last) {
    decisions.add(DrivenMerger.decision(DecisionKind.EXCLUDE, 7));
    mergedBy(List.of(last, 9), List.of(steps(1, 1, 1, 1, 1, 1, 1e4, 0, 1)));

    assertThat(merged()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 8L, 9L);
    assertThat(decisions).extracting(Decision::getCheckpoint).containsOnly(7L);
  }

  /** Mergers one after the other, each up to a checkpoint. */
  private void mergedBy(List<Integer> lasts, List<double[]> steps) {
    List<Checkpoint> checkpoints = checkpoints(steps.getFirst());
    int next = 0;
    for (int last : lasts) {
      try (var merger = merger(checkpoints.subList(0, next))) {
        merger.settle();
        checkpoints.subList(next, last + 1).forEach(merger::offer);
        keep(merger);
        assertThat(merger.deadLetters()).isEmpty();
      }
      next = last + 1;
    }
  }

  private DrivenMerger merger(List<Checkpoint> checkpoints) {
    List<RunHistory.Decided> decided = new ArrayList<>();
    decisions.forEach(decision -> decided.add(new RunHistory.Decided(decided.size(), decision)));
    var history = new ScriptedHistory(List.copyOf(teachers), checkpoints, decided);
    return new DrivenMerger(folder, EMA, history, WHOLE);
  }

  private void keep(DrivenMerger merger) {
    teachers.addAll(merger.teachers());
    decisions.addAll(merger.decisions());
  }

  private List<Long> merged() {
    return teachers.stream().map(Teacher::getVersion).toList();
  }

  private static double[] steps(double... steps) {
    return steps;
  }

  /** The base, and checkpoints that are each so many steps ahead of the one before. */
  private List<Checkpoint> checkpoints(double[] steps) {
    var run = new RecordedRun(new FolderBlobStore(folder.resolve("blobs")));
    Parameters base = RecordedRun.parameters(0);
    double[] at = new double[steps.length + 1];
    for (int version = 1; version <= steps.length; version++) {
      double before = Double.isNaN(at[version - 1]) ? at[version - 2] : at[version - 1];
      at[version] = before + steps[version - 1];
    }
    return LongStream.rangeClosed(0, steps.length)
        .mapToObj(version -> run.checkpoint(version, RecordedRun.SPEC, moved(base, at, version)))
        .toList();
  }

  private static Parameters moved(Parameters base, double[] at, long version) {
    float[] values = base.toArray();
    for (int index = 0; index < values.length; index++) {
      values[index] += (float) (at[(int) version] * STEP);
    }
    return Parameters.of(base.layout(), values);
  }
}
