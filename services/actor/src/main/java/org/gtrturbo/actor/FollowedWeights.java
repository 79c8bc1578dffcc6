package org.gtrturbo.actor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetterTopic;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.jspecify.annotations.Nullable;

/**
 * The newest checkpoint and, where turns are guided, the newest teacher of a run, as its topics
 * tell of them. A checkpoint also says how far the learner has read: the gate hears of that at
 * once, whether or not its weights can be loaded.
 */
final class FollowedWeights implements AutoCloseable {
  // One name for all actors: what is unreadable is kept once, however often an actor starts.
  private static final String DEAD_LETTER_READER = "actor";

  private final Settings settings;
  private final NewestWeights<Checkpoint> policies;
  private final NewestWeights<Teacher> teachers;
  private final GuidingTeachers guiding;
  private final List<TopicFollower<?>> followers = new ArrayList<>();
  private final AtomicReference<@Nullable PolicySpec> played = new AtomicReference<>();

  /**
   * Follows nothing before {@link #start}.
   *
   * @param retryAfter before a version that could not be loaded is tried again
   * @param onFailure told of a version that cannot be used, on another thread
   */
  FollowedWeights(
      Settings settings,
      BlobStore blobs,
      LagGate gate,
      Duration retryAfter,
      Consumer<Throwable> onFailure) {
    this.settings = settings;
    if (settings.policy().folder().isEmpty()) {
      played.set(PolicySpecs.of(ActorWorkers.environmentSpec(settings), settings.policy()));
    }
    WeightBlobs weights = new WeightBlobs(blobs);
    this.policies =
        new NewestWeights<>(
            "checkpoint",
            event -> fitting(weights.load(event)),
            // Not sooner, or the turns that it makes room for would be played by the one before.
            event -> gate.consumed(positions(event)),
            retryAfter,
            onFailure);
    this.teachers =
        new NewestWeights<>(
            "teacher",
            event -> fitting(weights.load(event)),
            TeacherName::of,
            event -> {},
            retryAfter,
            onFailure);
    this.guiding = new GuidingTeachers(teacher -> teachers.offer(teacher.getVersion(), teacher));
  }

  /**
   * Starts to follow; returns when everything that the topics hold is known.
   *
   * @return completes when there are weights to play with, a teacher's among them where turns are
   *     guided
   */
  CompletableFuture<Void> start(Cluster cluster, TopicCatalogue topics, String clientId) {
    var deadLetters = topics.deadLetters();
    followers.add(
        TopicFollower.start(
            cluster,
            topics.checkpoints(),
            clientId + "-checkpoints",
            new DeadLetterTopic(cluster, deadLetters, DEAD_LETTER_READER),
            received -> policies.offer(received.value().getVersion(), received.value())));
    var ready = new ArrayList<CompletableFuture<?>>(List.of(policies.first()));
    if (settings.guidance().kind() != Settings.Guidance.NONE) {
      followers.add(
          TopicFollower.start(
              cluster,
              topics.teachers(),
              clientId + "-teachers",
              new DeadLetterTopic(cluster, deadLetters, DEAD_LETTER_READER),
              received -> guiding.add(received.value())));
      followers.add(
          TopicFollower.start(
              cluster,
              topics.decisions(),
              clientId + "-decisions",
              new DeadLetterTopic(cluster, deadLetters, DEAD_LETTER_READER),
              received -> guiding.add(received.value())));
      ready.add(teachers.first());
    }
    // Loading starts late because of the versions that are there already only the last is wanted.
    followers.forEach(TopicFollower::catchUp);
    policies.start();
    teachers.start();
    return CompletableFuture.allOf(ready.toArray(CompletableFuture[]::new));
  }

  /** The weights to play with; only once what {@link #start} returned has completed. */
  VersionedWeights policy() {
    return policies.newest();
  }

  /**
   * The policy that is played: the built-in one of the settings, or that of the first checkpoint,
   * where the run was brought one.
   */
  PolicySpec spec() {
    PolicySpec known = played.get();
    if (known == null) {
      throw new IllegalStateException("no checkpoint is loaded yet; wait for the first one");
    }
    return known;
  }

  /** The weights to score with, as {@link #policy}; only where turns are guided. */
  VersionedWeights teacher() {
    return teachers.newest();
  }

  /** How often a checkpoint or a teacher could not be loaded, by name of the metric. */
  Map<String, Double> unloadable() {
    return Map.of(
        "unloadableCheckpoints", (double) policies.unloadable(),
        "unloadableTeachers", (double) teachers.unloadable());
  }

  /**
   * Throws what ended the following of a topic, if anything did.
   *
   * @throws org.gtrturbo.platform.kafka.FollowerFailedException if a topic is not followed any more
   */
  void throwIfFailed() {
    followers.forEach(TopicFollower::throwIfFailed);
  }

  @Override
  public void close() {
    try (policies;
        teachers) {
      followers.forEach(TopicFollower::close);
    }
  }

  private static Map<Integer, Long> positions(Checkpoint checkpoint) {
    Map<Integer, Long> positions = new HashMap<>();
    for (OffsetRange range : checkpoint.getConsumed()) {
      positions.put(range.getPartition(), range.getLast() + 1);
    }
    return positions;
  }

  private Parameters fitting(PolicyWeights loaded) {
    played.compareAndSet(null, loaded.spec());
    if (!loaded.spec().equals(spec())) {
      throw new IllegalStateException(
          "run "
              + settings.run().name()
              + " has a policy of "
              + loaded.spec()
              + ", the actor plays "
              + spec()
              + "; start the actor with the settings of the run");
    }
    return loaded.parameters();
  }
}
