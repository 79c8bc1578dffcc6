package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.MergeSum;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is pruned is what nothing but an old update points at. The run: versions 0 to 10, a minute
 * apart, each with its weights w and its optimizer's m; some content is met again elsewhere.
 */
@Timeout(60)
class PruningTest {
  private static final PrunedStates NONE = new PrunedStates(0);
  private static final Instant LATER = Instant.EPOCH.plus(Duration.ofDays(1));

  private static EmbeddedBroker broker;
  private static RecordedRun run;

  @TempDir private Path folder;

  @BeforeAll
  static void recordARun(@TempDir Path data, @TempDir Path blobs) {
    broker = EmbeddedBroker.start(data);
    var cluster = new Cluster(broker.bootstrap());
    var topics = new TopicCatalogue("pruned", 1);
    TopicAdmin.create(cluster, topics.all());
    run = new RecordedRun(cluster, topics, new FolderBlobStore(blobs));
    try (var checkpoints = cluster.publisher(topics.checkpoints(), "test");
        var teachers = cluster.publisher(topics.teachers(), "test")) {
      for (int version = 0; version <= 10; version++) {
        checkpoints.publish(
            "pruned",
            SmallRuns.checkpoint(version)
                .setTensors(version == 7 ? tensors("w7", "m2") : tensors("w" + version))
                .setOptimizer(
                    version == 3 || version == 10
                        ? tensors("m" + version, "zeros")
                        : tensors("m" + version, "early"))
                .setCreatedAt(Instant.EPOCH.plus(Duration.ofMinutes(version)))
                .build());
      }
      teachers.publish(
          "pruned",
          Teacher.newBuilder(SmallTeachers.teacher(4, "", SmallTeachers.merged(4, 1)))
              .setTensors(tensors("m4"))
              .setSums(List.of(new MergeSum("sum", List.of(new BlobRef("m5", 1L)))))
              .build());
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void allButTheBaseAndTheNewestGoes() {
    var plan = new Pruning(4, LATER).of(run, NONE);

    assertThat(plan.after()).isEqualTo(new PrunedStates(6));
    assertThat(plan.versions()).isEqualTo(6);
    assertThat(names(plan))
        .as(
            "m2, m4 and m5 are weights or a teacher's elsewhere, the others' content stays with"
                + " versions that stay")
        .containsExactlyInAnyOrder("m1", "m3", "m6");
  }

  @Test
  void theYoungStays() {
    assertThat(new Pruning(1, Instant.EPOCH.plus(Duration.ofMinutes(4))).of(run, NONE).after())
        .isEqualTo(new PrunedStates(3));
    assertThat(new Pruning(1, Instant.EPOCH).of(run, NONE).versions()).isZero();
  }

  @Test
  void whatWasPrunedIsNotLookedForAgain() {
    var plan = new Pruning(2, LATER).of(run, new PrunedStates(5));

    assertThat(plan.after()).isEqualTo(new PrunedStates(8));
    assertThat(names(plan)).containsExactlyInAnyOrder("m6", "m7", "m8");
    assertThat(new Pruning(4, LATER).of(run, new PrunedStates(6)).versions()).isZero();
    assertThat(new Pruning(6, LATER).of(run, new PrunedStates(6)).blobs()).isEmpty();
  }

  @Test
  void aRunOfFewVersionsLosesNothing() {
    assertThat(new Pruning(10, LATER).of(run, NONE).versions()).isZero();
    assertThat(new Pruning(200, LATER).of(run, NONE).blobs()).isEmpty();
  }

  @Test
  void theFolderSaysWhatIsPrunedBeforeItGoes() {
    var plan = new Pruning(4, LATER).of(run, NONE);
    List<PrunedStates> said = new ArrayList<>();

    List<BlobRef> gone =
        plan.carryOut(
            folder,
            blob -> {
              said.add(PrunedStates.in(folder));
              return !blob.getSha256().equals("m3");
            });

    assertThat(said).hasSize(3).containsOnly(new PrunedStates(6));
    assertThat(gone).extracting(BlobRef::getSha256).containsExactlyInAnyOrder("m1", "m6");
    assertThat(new Pruning(4, LATER).of(run, PrunedStates.in(folder)).versions()).isZero();
  }

  @Test
  void theNewestStaysInAnyCase() {
    assertThatThrownBy(() -> new Pruning(0, LATER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("which the learner goes on from");
  }

  private static List<TensorRef> tensors(String... blobs) {
    return Stream.of(blobs)
        .map(blob -> new TensorRef(blob, "float32", List.of(1L), List.of(new BlobRef(blob, 4L))))
        .toList();
  }

  private static List<String> names(Pruning.Plan plan) {
    return plan.blobs().stream().map(BlobRef::getSha256).toList();
  }
}
