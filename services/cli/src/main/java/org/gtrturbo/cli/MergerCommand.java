package org.gtrturbo.cli;

import java.util.concurrent.CompletableFuture;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;

@Command(name = "merger", description = "Folds checkpoints into the running merged teacher.")
final class MergerCommand extends ServiceCommand {
  @Override
  Running start(Settings settings, Cluster cluster, BlobStore blobs, RunFolder folder) {
    MergerService merger =
        MergerService.start(
            settings, cluster, blobs, folder.mergerState(settings.merger().instance()));
    return new Running() {
      @Override
      public CompletableFuture<?> ended() {
        return merger.ended();
      }

      @Override
      public void throwIfFailed() {
        merger.throwIfFailed();
      }

      @Override
      public void close() {
        merger.close();
      }
    };
  }
}
