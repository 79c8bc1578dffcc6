package org.gtrturbo.platform.broker;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;

/** A process to be killed: runs a broker, publishes, and says so. */
final class BrokerVictim {
  static final int EVENTS = 100;
  static final int COMMITS = 3;
  static final String COMMITTER = "committer";
  static final String PUBLISHED = "published";
  static final TopicCatalogue RUN = new TopicCatalogue("victim", 1);

  private BrokerVictim() {}

  /**
   * Never returns.
   *
   * @param arguments the broker's folder, and {@code commit} for one transaction that is followed
   *     by the process's end at once
   */
  public static void main(String[] arguments) throws InterruptedException {
    var broker = EmbeddedBroker.start(Path.of(arguments[0]));
    var cluster = new Cluster(broker.bootstrap());
    TopicAdmin.create(cluster, List.of(RUN.metrics()));
    if (arguments.length > 1) {
      commitAndEnd(cluster);
    }
    try (var publisher = cluster.publisher(RUN.metrics(), "victim")) {
      for (long version = 0; version < EVENTS; version++) {
        publisher.publish("source", metric(version));
      }
    }
    System.out.println(PUBLISHED);
    Thread.sleep(Long.MAX_VALUE);
  }

  private static void commitAndEnd(Cluster cluster) {
    try (var producer = cluster.transactionalProducer(COMMITTER)) {
      producer.initTransactions();
      for (long version = 0; version < COMMITS; version++) {
        producer.beginTransaction();
        var _ =
            producer.send(
                new ProducerRecord<>(
                    RUN.metrics().name(), RUN.metrics().codec().encode(metric(version))));
        producer.commitTransaction();
      }
      // Before the markers can be written: the client knows of its commit a moment earlier.
      Runtime.getRuntime().halt(0);
    }
  }

  static Metric metric(long version) {
    return new Metric("victim", "source", version, Map.of(), Instant.ofEpochMilli(1000));
  }
}
