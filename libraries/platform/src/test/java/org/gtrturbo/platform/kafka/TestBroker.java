package org.gtrturbo.platform.kafka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.broker.EmbeddedBroker;

/** One broker for all tests of this JVM; each test has topics of its own. */
final class TestBroker {
  private static final AtomicInteger RUNS = new AtomicInteger();
  private static final Cluster CLUSTER = start();

  private TestBroker() {}

  static Cluster cluster() {
    return CLUSTER;
  }

  /** The topics of a new run, created. */
  static TopicCatalogue newRun() {
    var topics = new TopicCatalogue("test-" + RUNS.incrementAndGet(), 2);
    TopicAdmin.create(CLUSTER, topics.all());
    return topics;
  }

  private static Cluster start() {
    try {
      Path folder = Files.createTempDirectory("gtr-broker");
      var broker = EmbeddedBroker.start(folder);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(broker, folder)));
      return new Cluster(broker.bootstrap());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void stop(EmbeddedBroker broker, Path folder) {
    broker.close();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
