package org.gtrturbo.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One service alone, against a cluster that the settings or --bootstrap name. */
abstract sealed class ServiceCommand implements Callable<Integer>
    permits ActorCommand, LearnerCommand, MergerCommand {
  private static final Duration CLUSTER_ANSWERS_WITHIN = Duration.ofSeconds(30);

  @Mixin private RunOptions options = new RunOptions();

  @Option(
      names = "--heartbeat",
      paramLabel = "FILE",
      description = "A file rewritten every 5 seconds while the service works; for health checks.")
  private @Nullable Path heartbeat;

  /** A started service. */
  interface Running extends AutoCloseable {
    /** Completes when the service has ended by itself. */
    CompletableFuture<?> ended();

    void throwIfFailed();

    @Override
    void close();
  }

  abstract Running start(Settings settings, Cluster cluster, BlobStore blobs, RunFolder folder);

  @Override
  public Integer call() {
    Settings settings = options.settings();
    Cluster cluster =
        Cluster.named(settings.kafka())
            .orElseThrow(
                () ->
                    new UsageException(
                        "a service alone needs a cluster to talk to: give --bootstrap HOST:PORT,"
                            + " or start everything in one process with gtr run"));
    RunFolder folder = options.folder(settings);
    cluster.check(CLUSTER_ANSWERS_WITHIN);
    BlobStore blobs = new FolderBlobStore(folder.blobs());
    try (Stop stop = Stop.onSignal();
        Running service = start(settings, cluster, blobs, folder);
        Heartbeat _ = startHeartbeat(service)) {
      CompletableFuture.anyOf(stop.asked(), service.ended().handle((_, _) -> true)).join();
      service.throwIfFailed();
      return 0;
    }
  }

  private Heartbeat startHeartbeat(Running service) {
    return heartbeat == null ? Heartbeat.NONE : Heartbeat.start(heartbeat, service::throwIfFailed);
  }
}
