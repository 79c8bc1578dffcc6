package org.gtrturbo.cli;

import java.util.concurrent.CompletableFuture;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.learner.LearnerListener;
import org.gtrturbo.learner.LearnerService;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
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
    LearnerService learner = LearnerService.start(settings, cluster, blobs, LearnerListener.none());
    return new Running() {
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
      }
    };
  }
}
