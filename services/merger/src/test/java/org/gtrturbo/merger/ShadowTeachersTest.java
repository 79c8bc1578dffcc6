package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lineage.ChainCheck;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.merging.Sma;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.settings.SettingsReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several rules over the same checkpoints, each with its own stream of teachers. */
class ShadowTeachersTest {
  private static final int WHOLE = 4 << 20;
  private static final MergePlan OWN = new MergePlan(new Ema(0.5), 1);
  private static final MergePlan MEAN = new MergePlan("mean", new Sma(), 1);

  @TempDir Path folder;

  @Test
  void everyStreamHasTheTeachersThatItWouldHaveAlone() {
    try (var merger = merger(List.of(OWN, MEAN), List.of(), WHOLE)) {
      checkpoints(3).forEach(merger::offer);

      assertThat(hashes(merger.teachers(), "")).isEqualTo(alone(OWN, WHOLE));
      assertThat(hashes(merger.teachers(), "mean")).isEqualTo(alone(MEAN, WHOLE));
      assertThat(ChainCheck.teachers(merger.teachers(), checkpoints(3))).isEmpty();
    }
  }

  @Test
  void streamsOfManyShardsDoNotMixThem() {
    try (var merger = merger(List.of(OWN, MEAN), List.of(), 512)) {
      checkpoints(3).forEach(merger::offer);

      assertThat(hashes(merger.teachers(), "")).isEqualTo(alone(OWN, 512));
      assertThat(hashes(merger.teachers(), "mean")).isEqualTo(alone(MEAN, 512));
    }
  }

  @Test
  void aShadowThatIsAddedInMidRunCatchesUpFromTheBase() {
    List<Teacher> before = run().undisturbed(OWN, 2);
    try (var merger = merger(List.of(OWN, MEAN), before, WHOLE)) {
      merger.settle();
      merger.offer(run().checkpoint(3));

      assertThat(hashes(merger.teachers(), "mean")).isEqualTo(alone(MEAN, WHOLE));
      assertThat(hashes(merger.teachers(), "")).containsExactly(alone(OWN, WHOLE).getLast());
    }
  }

  @Test
  void aDecisionHoldsForEveryStream() {
    try (var merger = merger(List.of(OWN, MEAN), List.of(), WHOLE)) {
      checkpoints(3).forEach(merger::offer);
      merger.decide(DecisionKind.EXCLUDE, 2);

      assertThat(merger.teachers().subList(8, merger.teachers().size()))
          .extracting(teacher -> teacher.getStream() + "@" + teacher.getVersion())
          .containsExactlyInAnyOrder("@1", "@3", "mean@1", "mean@3");
    }
  }

  @Test
  void settingsNameShadowsAndWhatIsWrongWithThem() {
    var settings =
        SettingsReader.read(
            Optional.empty(),
            Optional.empty(),
            List.of("teacher.shadows=slow ema alpha=0.1; trimmed ties density=0.2"));

    assertThat(MergePlans.of(settings.teacher()))
        .extracting(MergePlan::stream)
        .containsExactly("", "slow", "trimmed");
    var unknown = SettingsReader.changed(settings, List.of("teacher.shadows=slow ema beta=1"));
    assertThatThrownBy(() -> MergePlans.of(unknown.teacher()))
        .hasMessageStartingWith("teacher.shadows is refused: ")
        .hasMessageContaining("beta");
    assertThatThrownBy(() -> SettingsReader.changed(settings, List.of("teacher.shadows=slow")))
        .hasMessageContaining("teacher.shadows");
  }

  private DrivenMerger merger(List<MergePlan> plans, List<Teacher> announced, int shardBytes) {
    return new DrivenMerger(
        folder, plans, new ScriptedHistory(announced, checkpoints(3)), shardBytes);
  }

  private List<String> alone(MergePlan plan, int shardBytes) {
    return run().undisturbed(plan, shardBytes, 3).stream().map(Teacher::getHash).toList();
  }

  private static List<String> hashes(List<Teacher> teachers, String stream) {
    return teachers.stream()
        .filter(teacher -> teacher.getStream().equals(stream))
        .map(Teacher::getHash)
        .toList();
  }

  private List<Checkpoint> checkpoints(long last) {
    var checkpoints = new ArrayList<Checkpoint>();
    for (long version = 0; version <= last; version++) {
      checkpoints.add(run().checkpoint(version));
    }
    return checkpoints;
  }

  private RecordedRun run() {
    return new RecordedRun(new FolderBlobStore(folder.resolve("blobs")));
  }
}
