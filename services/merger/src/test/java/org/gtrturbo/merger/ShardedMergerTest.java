package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.ShardStep;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lineage.TeacherHash;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.settings.RuleText;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A policy of many shards is merged as one of a single shard is, wherever its shards are folded.
 */
class ShardedMergerTest {
  private static final int SHARD_BYTES = 1600;
  private static final int WHOLE = 4 << 20;

  @TempDir Path folder;

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "ema, alpha=0.3",
    "sma, precision=float64",
    "linear, 'weights=1,2,0.5'",
    "window, length=2",
    "ties, density=0.5",
    "ties, trimScope=vector",
    "incremental-ties, ''",
    "dare-ties, ''",
    "slerp, ''",
    "post-hoc-ema, ''",
    "ema, 'exclude=patch.*,block.0.*'",
    "ties, 'trimScope=vector frozen=patch.*'"
  })
  void shardsFoldedApartGiveTheWeightsOfTheWhole(String rule, String settings) {
    var plan = new MergePlan(MergeRule.of(rule, settings(settings)), 1);
    List<Teacher> whole = run().undisturbed(plan, WHOLE, 3);

    try (var merger = sharded(plan, ScriptedHistory.EMPTY)) {
      offer(merger, 0, 3);

      List<Teacher> teachers = merger.teachers();
      assertThat(teachers).extracting(Teacher::getVersion).containsExactly(0L, 1L, 2L, 3L);
      for (int version = 0; version <= 3; version++) {
        assertThat(weights(teachers.get(version)))
            .as("teacher %d", version)
            .containsExactly(weights(whole.get(version)));
      }
      assertThat(teachers).allSatisfy(t -> assertThat(t.getHash()).isEqualTo(TeacherHash.of(t)));
      assertThat(merger.shardTasks().size()).isGreaterThan(3 * 2);
    }
  }

  @Test
  void tensorsThatAreNotMergedAreTheNewestsOrTheBases() {
    var rule = MergeRule.of("ties", settings("trimScope=vector exclude=patch.* frozen=word.*"));
    try (var merger = sharded(new MergePlan(rule, 1), ScriptedHistory.EMPTY)) {
      offer(merger, 0, 3);

      assertThat(merger.teachers().getLast().getRuleSettings())
          .containsEntry("exclude", "patch.*")
          .containsEntry("frozen", "word.*");
      Parameters teacher = new WeightBlobs(blobs()).load(merger.teachers().getLast()).parameters();
      int copied = 0;
      for (ParameterLayout.Slot slot : teacher.layout().slots()) {
        boolean newest = slot.name().startsWith("patch.");
        if (newest || slot.name().startsWith("word.")) {
          assertThat(tensor(teacher, slot))
              .as(slot.name())
              .isEqualTo(tensor(RecordedRun.parameters(newest ? 3 : 0), slot));
          copied++;
        }
      }
      assertThat(copied).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void aPatternThatFitsNoTensorIsRefused() {
    var rule = MergeRule.of("ema", Map.of("exclude", "nrom.*"));
    try (var merger = sharded(new MergePlan(rule, 1), ScriptedHistory.EMPTY)) {
      assertThatThrownBy(() -> offer(merger, 0, 0))
          .rootCause()
          .hasMessageContaining("the model has no tensor nrom.*");
    }
  }

  @Test
  void aBacklogIsSentAtOnceAndGivesTheTeachersOfOneByOne() {
    var plan = new MergePlan(MergeRule.of("ema", Map.of("precision", "float64")), 1);
    List<Teacher> oneByOne = run().undisturbed(plan, SHARD_BYTES, 9);
    var backlog = LongStream.rangeClosed(0, 9).mapToObj(run()::checkpoint).toList();

    // Teacher 1 is announced, and the merger's state is lost.
    try (var merger = sharded(plan, new ScriptedHistory(oneByOne.subList(0, 2), backlog))) {
      merger.settle();

      assertThat(merger.teachers())
          .extracting(Teacher::getHash)
          .containsExactlyElementsOf(
              oneByOne.subList(2, 10).stream().map(Teacher::getHash).toList());
      assertThat(merger.shardTasks().getFirst().getSteps())
          .extracting(ShardStep::getVersion)
          .containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
      offer(merger, 2, 9);
      assertThat(merger.teachers()).hasSize(8);
      assertThat(merger.deadLetters()).isEmpty();
    }
  }

  @Test
  void theTeacherNamesTheSumsThatLaterFoldsNeed() {
    var plan = new MergePlan(MergeRule.of("sma", Map.of("precision", "float64")), 1);
    try (var merger = sharded(plan, ScriptedHistory.EMPTY)) {
      offer(merger, 0, 2);

      Teacher teacher = merger.teachers().getLast();
      var mean = teacher.getSums().orElseThrow().getFirst();
      assertThat(mean.getName()).isEqualTo("mean");
      assertThat(mean.getShards().stream().mapToLong(BlobRef::getBytes).sum())
          .isEqualTo(RecordedRun.parameters(0).layout().parameters() * Double.BYTES);
      assertThat(mean.getShards()).allSatisfy(blob -> assertThat(blobs().contains(blob)).isTrue());
    }
  }

  @Test
  void shardsOfAnotherSizeThanTheTeachersAreRefused() {
    var plan = new MergePlan(MergeRule.of("ema", Map.of()), 1);
    List<Teacher> held = run().undisturbed(plan, WHOLE, 1);

    // Small enough to cut a tensor.
    try (var merger = new DrivenMerger(folder, plan, new ScriptedHistory(held, List.of()), 400)) {
      assertThatThrownBy(() -> offer(merger, 2, 2))
          .rootCause()
          .isInstanceOf(BrokenChainException.class)
          .hasMessageContaining("set merger.shardBytes as it was");
    }
  }

  private DrivenMerger sharded(MergePlan plan, RunHistory history) {
    return new DrivenMerger(folder, plan, history, SHARD_BYTES);
  }

  private void offer(DrivenMerger merger, long first, long last) {
    for (long version = first; version <= last; version++) {
      merger.offer(run().checkpoint(version));
    }
  }

  private static Map<String, String> settings(String text) {
    return text.isEmpty() ? Map.of() : RuleText.settings(text);
  }

  private static float[] tensor(Parameters parameters, ParameterLayout.Slot slot) {
    return parameters.slice(slot).toArray(ValueLayout.JAVA_FLOAT);
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
