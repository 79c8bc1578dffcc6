package org.gtrturbo.learner;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.agents.StartingPolicy;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.environments.EnvironmentSpec;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.lineage.TeacherRules;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;

/**
 * The learner of a run, on a thread of its own: warm start, then update after update, from the
 * newest committed version on.
 *
 * <p>A run has one learner. Starting another one shuts this one out: its outcome is then {@link
 * LearnerOutcome#FENCED}.
 */
public final class LearnerService implements AutoCloseable {
  private final LearnerLoop loop;
  private final CompletableFuture<LearnerOutcome> outcome = new CompletableFuture<>();
  private final Thread thread;

  private LearnerService(LearnerLoop loop, String run) {
    this.loop = loop;
    // Updates are long native calls, which would hold a virtual thread's carrier.
    this.thread = Thread.ofPlatform().name("learner-" + run).unstarted(this::run);
  }

  /**
   * Refuses what {@link #start} would refuse, for a caller that does something before it starts.
   *
   * @throws IllegalArgumentException if the policy does not fit the environment, or the rules that
   *     merge it do not fit the policy
   */
  public static void check(Settings settings) {
    var _ = policy(settings);
  }

  /**
   * The same of {@link #replay}.
   *
   * @throws IllegalArgumentException if the rules that merge the recorded policy do not fit it
   * @throws IllegalStateException if the recorded run has nothing to learn from
   */
  public static void check(Settings settings, RecordedRun recorded) {
    requireFitting(settings, spec(settings, recorded));
  }

  private static StartingPolicy policy(Settings settings) {
    StartingPolicy policy = StartingPolicy.of(environment(settings), settings.policy());
    requireFitting(settings, policy.spec());
    return policy;
  }

  /**
   * What is trained and merged must be there. Learner and merger would refuse it too, but only when
   * the run is announced, and the merger behind the warm start.
   */
  private static void requireFitting(Settings settings, PolicySpec spec) {
    var _ = TrainingSetups.plan(settings, spec);
    TeacherRules.requireTensors(
        settings.teacher(),
        PolicyNetwork.layout(spec).slots().stream()
            .map(ParameterLayout.Slot::name)
            .collect(Collectors.toSet()));
  }

  /**
   * Creates the run's topics where they are missing, and starts to learn.
   *
   * @throws IllegalArgumentException as {@link #check}, or if turns cannot carry what the guidance
   *     looks at
   */
  public static LearnerService start(
      Settings settings, Cluster cluster, BlobStore blobs, LearnerListener listener) {
    StartingPolicy policy = policy(settings);
    var live = new LiveExperience(settings, policy, cluster, topics(settings), blobs);
    return start(
        settings,
        cluster,
        new LearnerLoop(settings, policy.spec(), cluster, blobs, live, listener));
  }

  /**
   * Learns again from what a recorded run learned from: its version 0, and update after update its
   * batches. With the recorded run's settings every version comes out with the same hash. With
   * others, a merger of this run must be at work: its teachers score the turns anew, each turn by
   * the teacher that would have been the newest when it was scored then.
   *
   * @param settings of this run, which has a name of its own
   * @param recorded may still grow; what it has now is replayed
   * @throws IllegalArgumentException if the settings do not fit the environment or the policy, or
   *     turns cannot carry what the guidance looks at
   * @throws IllegalStateException if the recorded run has nothing to learn from
   */
  public static LearnerService replay(
      Settings settings,
      Cluster cluster,
      BlobStore blobs,
      RecordedRun recorded,
      LearnerListener listener) {
    PolicySpec spec = spec(settings, recorded);
    requireFitting(settings, spec);
    var experience = new RecordedExperience(recorded, settings, spec, cluster, blobs);
    return start(
        settings, cluster, new LearnerLoop(settings, spec, cluster, blobs, experience, listener));
  }

  private static LearnerService start(Settings settings, Cluster cluster, LearnerLoop loop) {
    TopicCatalogue topics = topics(settings);
    TopicAdmin.create(cluster, topics.all());
    var service = new LearnerService(loop, topics.run());
    service.thread.start();
    return service;
  }

  private static TopicCatalogue topics(Settings settings) {
    return new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
  }

  /**
   * The policy of a run that is recorded: where it was brought, that of version 0, because its
   * folder may be gone.
   */
  static PolicySpec spec(Settings settings, RecordedRun recorded) {
    if (settings.policy().folder().isEmpty()) {
      return PolicySpecs.of(environment(settings), settings.policy());
    }
    var first = recorded.checkpoints().stream().findFirst();
    return first
        .map(checkpoint -> new WeightBlobs(recorded.blobs()).loadSpec(checkpoint.getPolicy()))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "run " + recorded.name() + " has no checkpoint to go by"));
  }

  private static EnvironmentSpec environment(Settings settings) {
    return Environments.named(
            settings.environment().name(), Rendering.SMALL, settings.environment().imageNoise())
        .spec();
  }

  /** Completes when learning has ended: with why, or with what it failed with. */
  public CompletableFuture<LearnerOutcome> outcome() {
    return outcome.copy();
  }

  /**
   * Throws what learning failed with, if it did.
   *
   * @throws LearnerFailedException whose cause is the failure
   */
  public void throwIfFailed() {
    if (outcome.isCompletedExceptionally()) {
      try {
        outcome.join();
      } catch (CompletionException e) {
        throw new LearnerFailedException(e.getCause() == null ? e : e.getCause());
      }
    }
  }

  /** Stops after the update that is under way, which is committed still; returns then. */
  @Override
  public void close() {
    loop.stop();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      outcome.complete(loop.run());
    } catch (Throwable e) {
      outcome.completeExceptionally(e);
    }
  }
}
