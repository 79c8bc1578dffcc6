package org.gtrturbo.cli;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.gtrturbo.actor.ActorIdentity;
import org.gtrturbo.actor.ActorListener;
import org.gtrturbo.actor.ActorService;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "actor",
    description =
        "Plays environments with the newest policy and publishes turns; start as many as you like.")
final class ActorCommand extends ServiceCommand {
  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Told apart from other actors by; default host and process.")
  private @Nullable String id;

  @Override
  Running start(Settings settings, Cluster cluster, BlobStore blobs, RunFolder folder) {
    ActorIdentity identity =
        Optional.ofNullable(id)
            .map(ActorIdentity::startedNow)
            .orElseGet(ActorIdentity::ofThisProcess);
    // A device that cannot be used ends the service before it has begun.
    var _ = Computing.actor(settings);
    ActorService actor = ActorService.start(settings, cluster, blobs, identity, ActorListener.NONE);
    return new Running() {
      @Override
      public CompletableFuture<?> ended() {
        return actor.ended();
      }

      @Override
      public void throwIfFailed() {
        actor.throwIfFailed();
      }

      @Override
      public void close() {
        actor.close();
      }
    };
  }
}
