package org.gtrturbo.cli;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.learner.LearnerListener;
import org.gtrturbo.learner.LearnerService;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;

@Command(
    name = "learner",
    description =
        "Trains on turns and commits checkpoints; a run has one, and a newer one takes over.")
final class LearnerCommand extends ServiceCommand {
  @Override
  Running start(Settings settings, Cluster cluster, BlobStore blobs, RunFolder folder) {
    // A device that cannot be used ends the service before it has begun.
    var _ = Computing.learner(settings);
    // And before the cluster has settings that nothing could be learned with.
    LearnerService.check(settings);
    var topics = new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    TopicAdmin.create(cluster, topics.all());
    var log = new RunLog(settings, cluster, Instant.now(), Optional.empty());
    log.begin(new RecordedRun(cluster, topics, blobs), true);
    return new Learning(
        LearnerService.start(settings, cluster, blobs, LearnerListener.none()), log);
  }

  private record Learning(LearnerService learner, RunLog log) implements Running {
    @Override
    public CompletableFuture<?> ended() {
      return learner.outcome();
    }

    @Override
    public void throwIfFailed() {
      learner.throwIfFailed();
    }

    @Override
    public void close() {
      learner.close();
      if (learner.outcome().isCompletedExceptionally()) {
        log.announce(RunStatus.FAILED);
        return;
      }
      switch (learner.outcome().join()) {
        case COMPLETED -> log.announce(RunStatus.COMPLETED);
        case STOPPED -> log.announce(RunStatus.STOPPED);
        // The run goes on with the learner that has taken over.
        case FENCED -> {}
      }
    }
  }
}
