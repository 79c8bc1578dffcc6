package org.gtrturbo.learner;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;

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
   * Creates the run's topics where they are missing, and starts to learn.
   *
   * @throws IllegalArgumentException if the settings do not fit the environment
   */
  public static LearnerService start(
      Settings settings, Cluster cluster, BlobStore blobs, LearnerListener listener) {
    var topics = new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    var service =
        new LearnerService(new LearnerLoop(settings, cluster, blobs, listener), topics.run());
    TopicAdmin.create(cluster, topics.all());
    service.thread.start();
    return service;
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
