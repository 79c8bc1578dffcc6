package org.gtrturbo.cli;

import java.util.Optional;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes Kafka's client ready beside what a command does first. What the first client of a process
 * loads and sets up takes longer than most questions that are asked of a log, and needs nothing of
 * the run's settings.
 */
final class EarlyClient {
  private static final Logger LOG = LoggerFactory.getLogger(EarlyClient.class);

  private EarlyClient() {}

  /**
   * Returns at once. Where it is not known yet which cluster holds the log, nothing is made ready.
   *
   * @param cluster where it is given; else a live broker on the run's own folder is looked for
   */
  static void start(RunFolder folder, GivenCluster cluster) {
    Thread.ofPlatform().daemon().name("early-client").start(() -> makeReady(folder, cluster));
  }

  private static void makeReady(RunFolder folder, GivenCluster given) {
    try {
      Optional<Cluster> cluster =
          given.cluster().or(() -> EmbeddedBroker.runningOn(folder.broker()).map(Cluster::new));
      // A small topic that every run has: all that reading takes is used once.
      cluster.ifPresent(at -> RecordedRun.description(at, ""));
    } catch (RuntimeException e) {
      // Whoever asks the log meets the same failure, and says it.
      LOG.debug("no client could be made ready", e);
    }
  }
}
