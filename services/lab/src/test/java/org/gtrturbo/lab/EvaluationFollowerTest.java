package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CopyOnWriteArrayList;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run on a broker is evaluated while it goes, and what cannot be evaluated is said. */
class EvaluationFollowerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final EvaluationSchedule AT_ONCE = new EvaluationSchedule(1, 8, Duration.ZERO, 1);
  private static final String RUN = "followed";
  private static final Settings SETTINGS =
      SettingsReader.read(
          Optional.empty(),
          Optional.of("numberline"),
          List.of(
              "run.name=" + RUN,
              "policy.width=16",
              "policy.heads=2",
              "policy.layers=1",
              "policy.feedForward=16"));
  private static final TopicCatalogue TOPICS =
      new TopicCatalogue(RUN, SETTINGS.kafka().trajectoryPartitions());
  private static final PolicySpec SPEC =
      PolicySpecs.of(
          Environments.named("numberline", Rendering.SMALL, 0).spec(), SETTINGS.policy());

  @TempDir Path folder;

  private EmbeddedBroker broker;
  private Cluster cluster;
  private FolderBlobStore blobs;

  @BeforeEach
  void startBroker() {
    broker = EmbeddedBroker.start(folder.resolve("broker"));
    cluster = new Cluster(broker.bootstrap());
    blobs = new FolderBlobStore(folder.resolve("blobs"));
    TopicAdmin.create(cluster, TOPICS.all());
  }

  @AfterEach
  void stopBroker() {
    broker.close();
  }

  @Test
  void policyAndTeacherAreEvaluatedBothWaysAndTheirScoresPublished() {
    var metrics = new CopyOnWriteArrayList<Metric>();
    try (var published =
            TopicFollower.start(
                cluster,
                TOPICS.metrics(),
                "test",
                DeadLetters.logged("test"),
                event -> metrics.add(event.value()));
        var follower = EvaluationFollower.start(SETTINGS, cluster, blobs, AT_ONCE)) {
      publish(checkpoint(0, stored(1)));
      publish(teacher(0, stored(2)));
      await().atMost(PATIENCE).until(() -> metrics.size() == 4);
      publish(checkpoint(5, stored(3)));
      await().atMost(PATIENCE).until(() -> metrics.size() == 6);
      follower.throwIfFailed();
      published.throwIfFailed();
    }

    assertThat(success(metrics, Evaluated.POLICY_SAMPLED)).containsExactly(0L, 5L);
    assertThat(success(metrics, Evaluated.POLICY_GREEDY)).containsExactly(0L, 5L);
    assertThat(success(metrics, Evaluated.TEACHER_SAMPLED)).containsExactly(0L);
    assertThat(success(metrics, Evaluated.TEACHER_GREEDY)).containsExactly(0L);
  }

  @Test
  void aCheckpointThatFailsWhereARunBeforeItsRestartSucceededIsExcluded() {
    try (var metrics = cluster.publisher(TOPICS.metrics(), "test")) {
      metrics.publish(
          "evaluation",
          Evaluated.POLICY_SAMPLED.metric(
              RUN, 3, new Score(1000, 1000, 0, OptionalDouble.empty(), 1, 10), Instant.EPOCH));
    }
    var decisions = new CopyOnWriteArrayList<Decision>();
    var settings = SettingsReader.changed(SETTINGS, List.of("teacher.successDrop=0.1"));
    try (var decided =
            TopicFollower.start(
                cluster,
                TOPICS.decisions(),
                "test",
                DeadLetters.logged("test"),
                event -> decisions.add(event.value()));
        var follower = EvaluationFollower.start(settings, cluster, blobs, AT_ONCE)) {
      publish(checkpoint(5, stored(3)));
      await().atMost(PATIENCE).until(() -> !decisions.isEmpty());
      follower.throwIfFailed();
      decided.throwIfFailed();
    }

    assertThat(decisions)
        .extracting(Decision::getKind, Decision::getCheckpoint, Decision::getBy)
        .containsExactly(tuple(DecisionKind.EXCLUDE, 5L, "evaluation"));
  }

  @Test
  void weightsThatAreNotThereEndTheFollowingAndAreNamed() {
    var nowhere = new BlobRef("ab".repeat(32), 4L);
    var lost =
        new Stored(
            new WeightBlobs(blobs).storeSpec(SPEC),
            stored(1).tensors().stream()
                .map(t -> new TensorRef(t.getName(), t.getDtype(), t.getShape(), List.of(nowhere)))
                .toList());

    var follower = EvaluationFollower.start(SETTINGS, cluster, blobs, AT_ONCE);
    publish(checkpoint(0, lost));

    await().atMost(PATIENCE).until(() -> follower.ended().isCompletedExceptionally());
    assertThatThrownBy(follower::throwIfFailed)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("evaluating run followed has ended");
    follower.close();
  }

  private static List<Long> success(List<Metric> metrics, Evaluated evaluated) {
    return metrics.stream()
        .filter(metric -> evaluated.success(metric).isPresent())
        .map(Metric::getVersion)
        .toList();
  }

  private record Stored(BlobRef policy, List<TensorRef> tensors) {}

  private Stored stored(long seed) {
    Parameters parameters = VisionLanguageModel.initialise(SPEC, seed);
    var weights = new WeightBlobs(blobs);
    return new Stored(weights.storeSpec(SPEC), weights.storeParameters(parameters));
  }

  private void publish(Checkpoint checkpoint) {
    try (var checkpoints = cluster.publisher(TOPICS.checkpoints(), "test")) {
      checkpoints.publish(RUN, checkpoint);
    }
  }

  private void publish(Teacher teacher) {
    try (var teachers = cluster.publisher(TOPICS.teachers(), "test")) {
      teachers.publish(RUN, teacher);
    }
  }

  private static Checkpoint checkpoint(long version, Stored stored) {
    return Checkpoint.newBuilder()
        .setRun(RUN)
        .setVersion(version)
        .setHash("hash" + version)
        .setParentHash("")
        .setSettingsHash("settings")
        .setPolicy(stored.policy())
        .setTensors(stored.tensors())
        .setOptimizer(List.of())
        .setOptimizerSteps(0)
        .setTurnsTrained(version * 100)
        .setBatch(List.of())
        .setProgress(List.of())
        .setConsumed(List.of())
        .setLosses(Map.of())
        .setCreatedAt(Instant.EPOCH)
        .build();
  }

  private static Teacher teacher(long version, Stored stored) {
    return Teacher.newBuilder()
        .setRun(RUN)
        .setVersion(version)
        .setHash("hash" + version)
        .setParentHash("")
        .setRule("ema")
        .setRuleSettings(Map.of())
        .setMerged(1)
        .setInputs(List.of())
        .setPolicy(stored.policy())
        .setTensors(stored.tensors())
        .setOnnx(stored.policy())
        .setCreatedAt(Instant.EPOCH)
        .build();
  }
}
