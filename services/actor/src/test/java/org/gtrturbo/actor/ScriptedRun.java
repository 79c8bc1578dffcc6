package org.gtrturbo.actor;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventPublisher;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;

/** A run whose learner and merger are the test itself. */
final class ScriptedRun implements AutoCloseable {
  final Settings settings;
  final FolderBlobStore blobs;
  final List<Metric> metrics = new CopyOnWriteArrayList<>();
  private final Cluster cluster;
  private final TopicCatalogue topics;
  private final EventPublisher<Checkpoint> checkpoints;
  private final EventPublisher<Teacher> teachers;
  private final TopicFollower<Metric> follower;

  ScriptedRun(Cluster cluster, Path folder, Settings settings) {
    this.cluster = cluster;
    this.settings = settings;
    this.blobs = new FolderBlobStore(folder);
    this.topics =
        new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    TopicAdmin.create(cluster, topics.all());
    this.checkpoints = cluster.publisher(topics.checkpoints(), "scripted-learner");
    this.teachers = cluster.publisher(topics.teachers(), "scripted-merger");
    this.follower =
        TopicFollower.start(
            cluster,
            topics.metrics(),
            "scripted-watcher",
            DeadLetters.logged("scripted-watcher"),
            received -> metrics.add(received.value()));
  }

  ActorService startActor(String id, Duration patience) {
    return ActorService.start(
        settings,
        cluster,
        blobs,
        ActorIdentity.startedNow(id),
        ActorListener.NONE,
        new ActorService.Pace(Duration.ofMillis(100), Duration.ofMillis(100), patience));
  }

  Checkpoint checkpoint(long version, Map<Integer, Long> positions) {
    return checkpoint(version, positions, TinyPolicy.spec(settings), parameters(version));
  }

  Checkpoint checkpoint(
      long version, Map<Integer, Long> positions, PolicySpec spec, Parameters parameters) {
    var weights = new WeightBlobs(blobs);
    List<OffsetRange> consumed = new ArrayList<>();
    positions.forEach((partition, end) -> consumed.add(new OffsetRange(partition, 0L, end - 1)));
    return Checkpoint.newBuilder()
        .setRun(settings.run().name())
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setSettingsHash("")
        .setPolicy(weights.storeSpec(spec))
        .setTensors(weights.storeParameters(parameters))
        .setOptimizer(List.of())
        .setOptimizerSteps(0)
        .setTurnsTrained(0)
        .setBatch(List.of())
        .setProgress(List.of())
        .setConsumed(consumed)
        .setLosses(Map.of())
        .setCreatedAt(Instant.now())
        .build();
  }

  void publish(Checkpoint checkpoint) {
    checkpoints.publish(checkpoint.getRun(), checkpoint);
    checkpoints.flush();
  }

  void publishTeacher(long version) {
    var weights = new WeightBlobs(blobs);
    PolicySpec spec = TinyPolicy.spec(settings);
    var policy = weights.storeSpec(spec);
    teachers.publish(
        settings.run().name(),
        Teacher.newBuilder()
            .setRun(settings.run().name())
            .setVersion(version)
            .setHash("")
            .setParentHash("")
            .setRule("ema")
            .setRuleSettings(Map.of())
            .setMerged(1)
            .setInputs(List.of())
            .setPolicy(policy)
            .setTensors(weights.storeParameters(parameters(version)))
            .setOnnx(policy)
            .setCreatedAt(Instant.now())
            .build());
    teachers.flush();
  }

  Parameters parameters(long version) {
    return TinyPolicy.weights(settings, version).parameters();
  }

  /** What the log holds now, each partition in its order. */
  List<Received.Event<Turn>> turns() {
    List<Received.Event<Turn>> turns = new ArrayList<>();
    try (var reader =
        EventReader.open(
            cluster,
            topics.trajectories(),
            "scripted-reader",
            (record, reason) -> {
              throw new AssertionError(reason);
            })) {
      reader.readToEnd(
          received -> {
            if (received instanceof Received.Event<Turn> event) {
              turns.add(event);
            }
          });
    }
    return turns;
  }

  /** By partition, the offset behind everything that the log holds now. */
  Map<Integer, Long> ends() {
    Map<Integer, Long> ends = new HashMap<>();
    turns().forEach(turn -> ends.merge(turn.partition(), turn.offset() + 1, Math::max));
    return ends;
  }

  /** Returns when the actor has played nothing, because it waits, in a whole metric interval. */
  void awaitHeld() {
    // Of the next event the interval may have begun before this call.
    int from = metrics.size() + 1;
    await()
        .until(
            () -> metrics.stream().skip(from).map(Metric::getValues).anyMatch(ScriptedRun::isHeld));
  }

  private static boolean isHeld(Map<String, Double> values) {
    return values.get("turnsPerSecond") == 0 && values.get("waitingSeconds") > 0;
  }

  @Override
  public void close() {
    try (checkpoints;
        teachers) {
      follower.close();
    }
  }
}
