package org.gtrturbo.benchmarks;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.learner.LearnerListener;
import org.gtrturbo.learner.LearnerService;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;

/**
 * A run with its warm start as checkpoint 0 and its base teacher, on a broker of its own, in which
 * no service is at work.
 */
record WarmRun(EmbeddedBroker broker, Cluster cluster, TopicCatalogue topics, BlobStore blobs)
    implements AutoCloseable {

  /** Trains the warm start that the settings describe. */
  static WarmRun prepare(Settings settings, Path folder) {
    EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("broker"));
    try {
      Cluster cluster = new Cluster(broker.bootstrap());
      BlobStore blobs = new FolderBlobStore(folder.resolve("blobs"));
      var topics =
          new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
      commitWarmStart(settings, cluster, blobs);
      makeTeacher(settings, cluster, topics, blobs, folder.resolve("merger-state"));
      return new WarmRun(broker, cluster, topics, blobs);
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  private static void commitWarmStart(Settings settings, Cluster cluster, BlobStore blobs) {
    var committed = new CompletableFuture<Void>();
    var listener =
        new LearnerListener() {
          @Override
          public void updated(
              Checkpoint checkpoint, LedgerEntry entry, Map<String, Double> metrics) {
            committed.complete(null);
          }
        };
    try (LearnerService learner = LearnerService.start(settings, cluster, blobs, listener)) {
      CompletableFuture.anyOf(committed, learner.outcome()).join();
    }
  }

  private static void makeTeacher(
      Settings settings,
      Cluster cluster,
      TopicCatalogue topics,
      BlobStore blobs,
      Path mergerState) {
    var made = new CompletableFuture<Void>();
    try (MergerService merger = MergerService.start(settings, cluster, blobs, mergerState);
        TopicFollower<?> _ =
            TopicFollower.start(
                cluster,
                topics.teachers(),
                "bench-teachers",
                DeadLetters.logged("bench"),
                _ -> made.complete(null))) {
      CompletableFuture.anyOf(made, merger.ended()).join();
    }
  }

  @Override
  public void close() {
    broker.close();
  }
}
