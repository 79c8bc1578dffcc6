package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.lineage.TeacherHash;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.merging.Frozen;
import org.gtrturbo.merging.Sma;
import org.gtrturbo.merging.WeightVectors;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.blobs.TensorBlobs;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which checkpoints become teachers, which are passed over, and which become dead letters. */
class MergerTopologyTest {
  private static final MergePlan EMA = new MergePlan(new Ema(0.5), 1);

  @TempDir Path folder;

  @Test
  void everyTeacherNamesItsInputsAndItsPredecessor() {
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0), run().checkpoint(1), run().checkpoint(2));

      List<Teacher> teachers = merger.teachers();
      assertThat(teachers).extracting(Teacher::getVersion).containsExactly(0L, 1L, 2L);
      assertThat(teachers).extracting(Teacher::getMerged).containsExactly(0L, 1L, 2L);
      assertThat(teachers)
          .extracting(Teacher::getParentHash)
          .containsExactly("", teachers.get(0).getHash(), teachers.get(1).getHash());
      assertThat(teachers).allSatisfy(t -> assertThat(t.getHash()).isEqualTo(TeacherHash.of(t)));
      assertThat(teachers.get(2).getInputs())
          .containsExactly(
              new TeacherInput(TeacherInputKind.CHECKPOINT, 2L, "checkpoint-2", 0.5),
              new TeacherInput(TeacherInputKind.TEACHER, 1L, teachers.get(1).getHash(), 0.5));
      assertThat(teachers.get(2).getRuleSettings())
          .isEqualTo(Map.of("alpha", "0.5", "everyCheckpoints", "1"));
    }
  }

  @Test
  void theTeachersWeightsAreTheRulesMeanOfItsInputs() {
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0), run().checkpoint(1), run().checkpoint(2));

      float[] teacher = weights(merger.teachers().getLast());
      float[] base = RecordedRun.parameters(0).toArray();
      float[] first = RecordedRun.parameters(1).toArray();
      float[] second = RecordedRun.parameters(2).toArray();
      for (int index = 0; index < teacher.length; index++) {
        double expected = 0.25 * base[index] + 0.25 * first[index] + 0.5 * second[index];
        assertThat((double) teacher[index]).isCloseTo(expected, within(1e-6));
      }
    }
  }

  @Test
  void aMeanLeavesTheBaseOut() {
    try (var merger = new DrivenMerger(folder, new MergePlan(new Sma(), 1))) {
      merger.offer(run().checkpoint(0), run().checkpoint(1));

      assertThat(weights(merger.teachers().getLast()))
          .containsExactly(RecordedRun.parameters(1).toArray());
    }
  }

  @Test
  void aCheckpointThatComesAgainIsFoldedOnce() {
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0), run().checkpoint(1), run().checkpoint(1));
      merger.offer(run().checkpoint(0), run().checkpoint(2), run().checkpoint(1));

      assertThat(merger.teachers()).isEqualTo(undatedLike(merger, run().undisturbed(EMA, 2)));
      assertThat(merger.deadLetters()).isEmpty();
    }
  }

  @Test
  void onlyEveryThirdCheckpointIsFoldedIfSoSet() {
    var plan = new MergePlan(new Sma(), 3);
    try (var merger = new DrivenMerger(folder, plan)) {
      for (long version = 0; version <= 7; version++) {
        merger.offer(run().checkpoint(version));
      }

      assertThat(merger.teachers())
          .extracting(Teacher::getVersion, Teacher::getMerged)
          .hasToString("[(0L, 0L), (3L, 1L), (6L, 2L)]");
    }
  }

  @Test
  void aFrozenTeacherIsTheBaseForEver() {
    try (var merger = new DrivenMerger(folder, new MergePlan(new Frozen(), 1))) {
      merger.offer(run().checkpoint(0), run().checkpoint(1), run().checkpoint(2));

      assertThat(merger.teachers()).extracting(Teacher::getVersion).containsExactly(0L);
      assertThat(merger.deadLetters()).isEmpty();
    }
  }

  @Test
  void whatIsNoCheckpointIsKeptAsADeadLetterAndTheNextOneFolds() {
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0));
      merger.offer(new byte[] {1, 2, 3});
      merger.offerNothing();
      merger.offer(Checkpoint.newBuilder(run().checkpoint(1)).setRun("other").build());
      merger.offer(run().checkpoint(1));

      assertThat(merger.teachers()).extracting(Teacher::getVersion).containsExactly(0L, 1L);
      List<DeadLetter> letters = merger.deadLetters();
      assertThat(letters)
          .extracting(DeadLetter::getReason)
          .containsExactly(
              "an event has at least 10 bytes, this has 3",
              "the record has no value",
              "the checkpoint is of run other, not recorded");
      assertThat(letters).extracting(DeadLetter::getOffset).containsExactly(1L, 2L, 3L);
      assertThat(letters.getFirst().getTopic()).isEqualTo("gtr.recorded.checkpoints");
      assertThat(letters.getFirst().getReader()).isEqualTo("merger");
      assertThat(letters.getFirst().getValue().orElseThrow().array()).containsExactly(1, 2, 3);
    }
  }

  @Test
  void aCheckpointWithDamagedOrMissingTensorsIsADeadLetterAndTheNextOneFolds() throws IOException {
    Checkpoint damaged = run().checkpoint(1);
    Path file = blobFile(damaged.getTensors().get(0));
    byte[] content = Files.readAllBytes(file);
    content[0] ^= 1;
    Files.write(file, content);
    Checkpoint missing = run().checkpoint(2);
    Files.delete(blobFile(missing.getTensors().get(1)));
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0), damaged, missing, run().checkpoint(3));

      assertThat(merger.teachers()).extracting(Teacher::getVersion).containsExactly(0L, 3L);
      assertThat(merger.teachers().getLast().getMerged()).isEqualTo(1);
      assertThat(reasons(merger))
          .satisfiesExactly(
              first -> assertThat(first).startsWith("checkpoint 1 cannot be read: the content of"),
              second ->
                  assertThat(second).contains("checkpoint 2 cannot be read").contains("miss"));
    }
  }

  @Test
  void aCheckpointOfAnotherShapeIsADeadLetter() {
    var wider =
        new PolicySpec(
            RecordedRun.SPEC.picture(),
            RecordedRun.SPEC.text(),
            new PolicySpec.TransformerSpec(16, 1, 2, 16));
    Checkpoint foreign = run().checkpoint(1, wider, VisionLanguageModel.initialise(wider, 1));
    Checkpoint whole = run().checkpoint(2);
    TensorRef first = whole.getTensors().getFirst();
    Checkpoint turned = run().withTensor(whole, 0, reshaped(first));
    Checkpoint lacking = run().withTensor(whole, 1, first);
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0), foreign, turned, lacking, whole);

      assertThat(merger.teachers()).extracting(Teacher::getVersion).containsExactly(0L, 2L);
      assertThat(reasons(merger))
          .satisfiesExactly(
              reason -> assertThat(reason).contains("is of another policy than the teacher"),
              reason -> assertThat(reason).contains("patch.weight of shape [32]"),
              reason -> assertThat(reason).contains("the manifest has no tensor word.embedding"));
    }
  }

  @Test
  void withoutABaseNothingIsMergedAndEveryCheckpointIsKept() {
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(1));
      merger.offer(run().checkpoint(0), run().checkpoint(2));

      assertThat(merger.teachers()).extracting(Teacher::getVersion).containsExactly(0L, 2L);
      assertThat(reasons(merger).getFirst())
          .startsWith("there is no teacher to merge checkpoint 1 into");
    }
  }

  @Test
  void anotherCheckpointOfTheSameVersionIsADeadLetter() {
    try (var merger = new DrivenMerger(folder, EMA)) {
      Checkpoint rival = Checkpoint.newBuilder(run().checkpoint(1)).setHash("rival").build();
      merger.offer(run().checkpoint(0), run().checkpoint(1), rival);

      assertThat(merger.teachers()).hasSize(2);
      assertThat(reasons(merger).getFirst()).contains("another checkpoint 1", "rival");
    }
  }

  @Test
  void aLostStateGoesOnFromTheTopic() {
    List<Teacher> before = run().undisturbed(EMA, 2);
    try (var merger = new DrivenMerger(folder, EMA, before)) {
      for (long version = 0; version <= 3; version++) {
        merger.offer(run().checkpoint(version));
      }

      assertThat(merger.teachers())
          .extracting(Teacher::getHash)
          .containsExactly(run().undisturbed(EMA, 3).getLast().getHash());
      assertThat(merger.deadLetters()).isEmpty();
    }
  }

  @Test
  void otherRuleSettingsThanTheTeachersOfTheTopicAreRefused() {
    List<Teacher> announced = run().undisturbed(EMA, 1);
    var other = new MergePlan(new Ema(0.25), 1);

    assertThatThrownBy(() -> new DrivenMerger(folder, other, announced))
        .hasRootCauseInstanceOf(BrokenChainException.class)
        .rootCause()
        .hasMessageContaining("alpha=0.5")
        .hasMessageContaining("alpha=0.25")
        .hasMessageContaining("start another run");
  }

  @Test
  void whatAFoldDidIsMeasured() {
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0), run().checkpoint(1));

      List<Metric> metrics = merger.metrics();
      assertThat(metrics).extracting(Metric::getSource).containsOnly("merger");
      assertThat(metrics).extracting(Metric::getVersion).containsExactly(0L, 1L);
      double apart =
          WeightVectors.distance(
              RecordedRun.parameters(0).values(), RecordedRun.parameters(1).values());
      assertThat(metrics.get(0).getValues()).containsEntry("distanceToCheckpoint", 0.0);
      assertThat(metrics.get(1).getValues().get("distanceToCheckpoint"))
          .isCloseTo(apart / 2, within(1e-5));
      assertThat(metrics.get(1).getValues()).containsEntry("merged", 1.0).containsKey("foldMillis");
    }
  }

  @Test
  void theChangelogCarriesPointersAndNoWeights() {
    try (var merger = new DrivenMerger(folder, EMA)) {
      merger.offer(run().checkpoint(0));

      byte[] kept = merger.changelog().getLast();
      assertThat(RecordedRun.TOPICS.teachers().codec().decode(kept))
          .isEqualTo(merger.teachers().getFirst());
    }
  }

  private RecordedRun run() {
    return new RecordedRun(blobs());
  }

  private FolderBlobStore blobs() {
    return new FolderBlobStore(folder.resolve("blobs"));
  }

  private Path blobFile(TensorRef tensor) {
    String hash = tensor.getChunks().getFirst().getSha256();
    return folder.resolve("blobs/sha256").resolve(hash.substring(0, 2)).resolve(hash.substring(2));
  }

  private TensorRef reshaped(TensorRef tensor) {
    long elements = tensor.getShape().stream().reduce(1L, Math::multiplyExact);
    var zeros = MemorySegment.ofArray(new byte[(int) elements * Float.BYTES]);
    return new TensorBlobs(blobs()).write(tensor.getName(), new long[] {elements}, zeros);
  }

  private float[] weights(Teacher teacher) {
    return new WeightBlobs(blobs()).load(teacher).parameters().toArray();
  }

  private static List<String> reasons(DrivenMerger merger) {
    return merger.deadLetters().stream().map(DeadLetter::getReason).toList();
  }

  /** As {@code teachers}, made when the merger's were made. */
  private static List<Teacher> undatedLike(DrivenMerger merger, List<Teacher> teachers) {
    var made = merger.teachers();
    var dated = new ArrayList<Teacher>();
    for (int index = 0; index < teachers.size(); index++) {
      dated.add(
          Teacher.newBuilder(teachers.get(index))
              .setCreatedAt(made.get(index).getCreatedAt())
              .build());
    }
    return dated;
  }
}
