package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.MergeSum;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is pruned is what nothing that goes on will read again. */
class PruningTest {
  private static final int NEWEST = 60;
  private static final Set<String> OWN = Set.of("");

  @Test
  void theNewestStayAndTheBaseAndEveryFewOfTheOthers() {
    var plan = new Pruning(20, 15).of(checkpoints(), teachers("", NEWEST), OWN);

    assertThat(plan.versions())
        .containsExactlyElementsOf(
            LongStream.rangeClosed(1, 40).filter(v -> v % 15 != 0).boxed().toList());
    assertThat(names(plan))
        .contains("w1", "m1", "t1", "s1", "o1", "w40", "t40")
        .doesNotContain("w0", "t0", "w15", "m30", "w41", "t41", "policy", "base");
  }

  @Test
  void noneOfTheOthersStaysUnlessAskedFor() {
    var plan = new Pruning(50, 0).of(checkpoints(), teachers("", NEWEST), OWN);

    assertThat(plan.versions())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, 10).boxed().toList());
  }

  @Test
  void contentThatAVersionWhichStaysHasTooStays() {
    List<Checkpoint> checkpoints =
        checkpoints().stream()
            .map(
                each ->
                    Checkpoint.newBuilder(each)
                        .setTensors(List.of(each.getTensors().getFirst(), tensor("frozen")))
                        .build())
            .toList();

    var plan = new Pruning(20, 0).of(checkpoints, teachers("", NEWEST), OWN);

    assertThat(names(plan)).contains("w1").doesNotContain("frozen");
  }

  @Test
  void whatAMergerHasNotReadYetStays() {
    List<Teacher> teachers = new ArrayList<>(teachers("", NEWEST));
    teachers.addAll(teachers("slow", 33));

    assertThat(new Pruning(20, 0).of(checkpoints(), teachers, Set.of("", "slow")).versions().last())
        .isEqualTo(13);
    assertThat(new Pruning(20, 0).of(checkpoints(), teachers, OWN).versions().last())
        .as("where nobody merges the slow stream any more")
        .isEqualTo(40);
  }

  @Test
  void whatARuleOverAWindowLooksAtAgainStays() {
    List<Teacher> teachers = new ArrayList<>(teachers("", NEWEST - 1));
    teachers.add(
        SmallTeachers.teacher(
            NEWEST, "", SmallTeachers.merged(NEWEST, 0.5), SmallTeachers.merged(NEWEST - 30, 0.5)));

    assertThat(new Pruning(20, 0).of(checkpoints(), teachers, OWN).versions().last()).isEqualTo(10);
  }

  @Test
  void aTeacherMadeAnewCountsAndNotTheNewerOneThatItReplaces() {
    List<Teacher> teachers = new ArrayList<>(teachers("", NEWEST));
    teachers.add(
        Teacher.newBuilder(SmallTeachers.teacher(25, "", SmallTeachers.merged(25, 1)))
            .setRevision(1)
            .build());

    assertThat(new Pruning(20, 0).of(checkpoints(), teachers, OWN).versions().last()).isEqualTo(5);
  }

  @Test
  void aYoungRunLosesNothing() {
    assertThat(
            new Pruning(20, 0).of(checkpoints().subList(0, 20), teachers("", 19), OWN).versions())
        .isEmpty();
    assertThat(new Pruning(20, 0).of(List.of(), List.of(), OWN).blobs()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"19, 0, at least the last 20", "20, -1, cannot be -1"})
  void tooFewAreRefused(int last, int every, String why) {
    assertThatThrownBy(() -> new Pruning(last, every))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  private static List<Checkpoint> checkpoints() {
    List<Checkpoint> checkpoints = new ArrayList<>();
    for (int version = 0; version <= NEWEST; version++) {
      checkpoints.add(
          SmallRuns.checkpoint(version)
              .setTensors(List.of(tensor("w" + version)))
              .setOptimizer(List.of(tensor("m" + version)))
              .build());
    }
    return checkpoints;
  }

  private static List<Teacher> teachers(String stream, int newest) {
    List<Teacher> teachers = new ArrayList<>();
    for (int version = 0; version <= newest; version++) {
      teachers.add(
          Teacher.newBuilder(SmallTeachers.teacher(version, "", SmallTeachers.merged(version, 0.5)))
              .setStream(stream)
              .setTensors(List.of(tensor("t" + version)))
              .setOnnx(new BlobRef("o" + version, 1L))
              .setBase(new BlobRef("base", 1L))
              .setSums(List.of(new MergeSum("sum", List.of(new BlobRef("s" + version, 1L)))))
              .build());
    }
    return teachers;
  }

  private static TensorRef tensor(String blob) {
    return new TensorRef(blob, "float32", List.of(1L), List.of(new BlobRef(blob, 4L)));
  }

  private static List<String> names(Pruning.Plan plan) {
    return plan.blobs().stream().map(BlobRef::getSha256).toList();
  }
}
