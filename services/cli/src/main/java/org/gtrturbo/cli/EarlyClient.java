package org.gtrturbo.cli;

import java.util.Set;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes Kafka's client ready beside what a command does first. What the first client of a process
 * loads and sets up takes longer than most questions that are asked of a log, and needs little of
 * what the command's options and the run's settings say.
 */
final class EarlyClient {
  private static final Logger LOG = LoggerFactory.getLogger(EarlyClient.class);

  /** Those that do nothing before they have read a log. */
  private static final Set<String> READING =
      Set.of("lineage", "teacher", "topics", "verify", "export", "replay", "compare");

  private EarlyClient() {}

  /**
   * Loads what a client is made of, where the command is one that reads a log; returns at once.
   *
   * @param arguments as they were typed
   */
  static void load(String[] arguments) {
    if (arguments.length > 0 && READING.contains(arguments[0])) {
      beside(Cluster::loadClients);
    }
  }

  /**
   * Has a client read a little of the log; returns at once. Where it is not known yet which cluster
   * holds the log, nothing is read.
   *
   * @param given cluster; else a live broker on the run's own folder is looked for
   */
  static void connect(RunFolder folder, GivenCluster given) {
    beside(
        () ->
            given
                .cluster()
                .or(() -> EmbeddedBroker.runningOn(folder.broker()).map(Cluster::new))
                // The small topic of all runs: all that reading takes is used once.
                .ifPresent(cluster -> RecordedRun.description(cluster, "")));
  }

  private static void beside(Runnable preparation) {
    Thread.ofPlatform()
        .daemon()
        .name("early-client")
        .start(
            () -> {
              try {
                preparation.run();
              } catch (RuntimeException e) {
                // Whoever asks the log meets the same failure, and says it.
                LOG.debug("no client could be made ready", e);
              }
            });
  }
}
