package org.gtrturbo.platform.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The broker's data outlives the broker, and one process at a time has it. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class EmbeddedBrokerTest {
  private static final TopicCatalogue RUN = new TopicCatalogue("restart", 1);

  @TempDir Path folder;

  @Test
  void aRestartedBrokerHasItsDataAndTakesMore() throws Exception {
    String clusterId;
    try (var broker = EmbeddedBroker.start(folder)) {
      var cluster = new Cluster(broker.bootstrap());
      TopicAdmin.create(cluster, RUN.all());
      publish(cluster, 1);
      clusterId = clusterId(cluster);
    }

    try (var broker = EmbeddedBroker.start(folder)) {
      var cluster = new Cluster(broker.bootstrap());
      TopicAdmin.create(cluster, RUN.all());
      publish(cluster, 2);

      assertThat(versions(cluster, RUN)).containsExactly(1L, 2L);
      assertThat(clusterId(cluster)).isEqualTo(clusterId);
    }
  }

  @Test
  void whatWasAcknowledgedOutlivesAKilledProcess() throws Exception {
    startVictim().destroyForcibly().waitFor();

    try (var broker = EmbeddedBroker.start(folder)) {
      var cluster = new Cluster(broker.bootstrap());

      assertThat(versions(cluster, BrokerVictim.RUN))
          .containsExactlyElementsOf(LongStream.range(0, BrokerVictim.EVENTS).boxed().toList());
    }
  }

  @Test
  void whatACommitReturnedForIsThereAfterTheProcessHasEndedInTheSameMoment() throws Exception {
    Process victim = victim("commit").start();
    assertThat(victim.waitFor(60, TimeUnit.SECONDS)).isTrue();

    try (var broker = EmbeddedBroker.start(folder)) {
      var cluster = new Cluster(broker.bootstrap());
      try (var successor = cluster.transactionalProducer(BrokerVictim.COMMITTER)) {
        successor.initTransactions();
      }

      assertThat(versions(cluster, BrokerVictim.RUN))
          .containsExactlyElementsOf(LongStream.range(0, BrokerVictim.COMMITS).boxed().toList());
    }
  }

  @Test
  void aFolderInUseIsRefusedWithTheProcessThatUsesIt() {
    try (var first = EmbeddedBroker.start(folder)) {
      assertThatThrownBy(() -> EmbeddedBroker.start(folder))
          .isInstanceOf(BrokerStartException.class)
          .hasMessage(
              "the broker's folder "
                  + folder
                  + " is in use by process "
                  + ProcessHandle.current().pid()
                  + "; stop that process, or choose another folder");
      new Cluster(first.bootstrap()).check(Duration.ofSeconds(30));
    }
  }

  @Test
  void whoOnlyReadsFindsTheBrokerThatAnotherProcessRunsOnTheFolder() throws Exception {
    assertThat(EmbeddedBroker.runningOn(folder)).isEmpty();
    Process victim = startVictim();
    try {
      var cluster = new Cluster(EmbeddedBroker.runningOn(folder).orElseThrow());

      assertThat(versions(cluster, BrokerVictim.RUN)).hasSize(BrokerVictim.EVENTS);
    } finally {
      victim.destroyForcibly().waitFor();
    }
    assertThat(EmbeddedBroker.runningOn(folder)).isEmpty();
  }

  @Test
  void aPortInUseIsRefusedAndTheFolderIsFreeAgain() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> EmbeddedBroker.start(folder, OptionalInt.of(taken.getLocalPort())))
          .isInstanceOf(BrokerStartException.class)
          .hasMessageContaining(
              "the embedded broker at localhost:"
                  + taken.getLocalPort()
                  + " on "
                  + folder
                  + " did not start: java.net.BindException: Address already in use");
    }

    try (var broker = EmbeddedBroker.start(folder)) {
      new Cluster(broker.bootstrap()).check(Duration.ofSeconds(30));
    }
  }

  @Test
  void aFolderThatANewerKafkaWroteIsRefused() throws IOException {
    Files.writeString(folder.resolve("kafka-version"), "5.0.0");

    assertThatThrownBy(() -> EmbeddedBroker.start(folder))
        .isInstanceOf(BrokerStartException.class)
        .hasMessageContaining(folder + " was written by Kafka 5.0.0, this is Kafka 4.3.1");
    assertThat(folder.resolve("logs")).doesNotExist();
  }

  @Test
  void aFolderThatCannotBeMadeIsRefused() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThatThrownBy(() -> EmbeddedBroker.start(file.resolve("broker")))
        .isInstanceOf(BrokerStartException.class)
        .hasMessageContaining(file.resolve("broker") + " cannot be used");
  }

  private static void publish(Cluster cluster, long version) {
    try (var publisher = cluster.publisher(RUN.metrics(), "test")) {
      publisher.publish("source", BrokerVictim.metric(version));
    }
  }

  private static List<Long> versions(Cluster cluster, TopicCatalogue run) {
    var versions = new ArrayList<Long>();
    try (var reader =
        EventReader.open(cluster, run.metrics(), "test", DeadLetters.logged("test"))) {
      reader.readToEnd(
          received -> {
            if (received instanceof Received.Event<Metric> event) {
              versions.add(event.value().getVersion());
            }
          });
    }
    return versions;
  }

  private static String clusterId(Cluster cluster) throws Exception {
    try (var admin = cluster.admin("test")) {
      return admin.describeCluster().clusterId().get();
    }
  }

  /** A process that runs a broker on the folder and has published. */
  private Process startVictim() throws IOException {
    Process victim = victim().start();
    assertThat(victim.inputReader().readLine()).isEqualTo(BrokerVictim.PUBLISHED);
    return victim;
  }

  private ProcessBuilder victim(String... more) {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                BrokerVictim.class.getName(),
                folder.toString()));
    command.addAll(List.of(more));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
  }
}
