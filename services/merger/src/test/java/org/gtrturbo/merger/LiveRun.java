package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventPublisher;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.SettingsReader;

/** A broker, the checkpoints given to it, and the teachers that come of them. */
final class LiveRun implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path folder;
  private final List<String> settings;
  private final EmbeddedBroker broker;
  private final Cluster cluster;
  private final FolderBlobStore blobs;
  private final List<Teacher> announced = new CopyOnWriteArrayList<>();
  private final List<Process> victims = new CopyOnWriteArrayList<>();
  private final EventPublisher<Checkpoint> checkpoints;
  private final TopicFollower<Teacher> teachers;

  /**
   * @param settings of every merger, over {@link MergerVictim#SETTINGS}
   */
  LiveRun(Path folder, String... settings) {
    this.folder = folder;
    this.settings = List.of(settings);
    broker = EmbeddedBroker.start(folder.resolve("broker"));
    cluster = new Cluster(broker.bootstrap());
    blobs = new FolderBlobStore(folder.resolve("blobs"));
    TopicAdmin.create(cluster, RecordedRun.TOPICS.all());
    checkpoints = cluster.publisher(RecordedRun.TOPICS.checkpoints(), "test");
    teachers =
        TopicFollower.start(
            cluster,
            RecordedRun.TOPICS.teachers(),
            "test",
            DeadLetters.logged("test"),
            event -> announced.add(event.value()));
  }

  static void kill(Process process) throws InterruptedException {
    assertThat(process.isAlive()).isTrue();
    process.destroyForcibly().waitFor();
  }

  /** Asks a process to end, and waits until it has. */
  static void end(Process process) throws InterruptedException {
    assertThat(process.isAlive()).isTrue();
    process.destroy();
    process.waitFor();
  }

  Cluster cluster() {
    return cluster;
  }

  FolderBlobStore blobs() {
    return blobs;
  }

  /** Teachers as they came. */
  List<Teacher> announced() {
    return announced;
  }

  void publish(long... versions) {
    for (long version : versions) {
      publish(new RecordedRun(blobs).checkpoint(version));
    }
  }

  void publish(Checkpoint checkpoint) {
    checkpoints.publish(RecordedRun.NAME, checkpoint);
    checkpoints.flush();
  }

  void decide(DecisionKind kind, long checkpoint) {
    try (var decisions = cluster.publisher(RecordedRun.TOPICS.decisions(), "operator")) {
      decisions.publish(RecordedRun.NAME, DrivenMerger.decision(kind, checkpoint));
    }
  }

  void publishBytes(byte[] value) {
    try (var producer = cluster.transactionalProducer("garbage")) {
      producer.initTransactions();
      producer.beginTransaction();
      var topic = RecordedRun.TOPICS.checkpoints().name();
      var _ = producer.send(new ProducerRecord<>(topic, RecordedRun.NAME, value));
      producer.commitTransaction();
    }
  }

  void awaitTeacher(long version) {
    awaitAny(teacher -> teacher.getVersion() == version);
  }

  void awaitRevision(long revision, long version) {
    awaitAny(teacher -> teacher.getRevision() == revision && teacher.getVersion() == version);
  }

  /** A merger that is slow is no failure, one that makes no further teacher is. */
  private void awaitAny(Predicate<Teacher> wanted) {
    int seen = announced.size();
    while (announced.stream().noneMatch(wanted)) {
      int before = seen;
      await().atMost(PATIENCE).until(() -> announced.size() > before);
      seen = announced.size();
    }
  }

  /** The instance whose task reads the checkpoints, once the mergers have agreed on that. */
  String coordinator() throws Exception {
    String group = "gtr-" + RecordedRun.NAME + "-merger";
    var checkpoints = new TopicPartition(RecordedRun.TOPICS.checkpoints().name(), 0);
    try (Admin admin = cluster.admin("test")) {
      while (true) {
        for (MemberDescription member :
            admin.describeConsumerGroups(List.of(group)).all().get().get(group).members()) {
          if (member.assignment().topicPartitions().contains(checkpoints)) {
            String thread = member.groupInstanceId().orElseThrow();
            return thread.substring(group.length() + 1, thread.lastIndexOf('-'));
          }
        }
        Thread.sleep(100);
      }
    }
  }

  MergerService merger(String state, String... more) {
    var all = new ArrayList<>(settings);
    all.addAll(List.of(more));
    return MergerService.start(
        SettingsReader.changed(MergerVictim.SETTINGS, all), cluster, blobs, folder.resolve(state));
  }

  /** A merger in a process of its own. */
  Process victim(String state, String... more) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                MergerVictim.class.getName(),
                broker.bootstrap(),
                folder.resolve("blobs").toString(),
                folder.resolve(state).toString()));
    command.addAll(settings);
    command.addAll(List.of(more));
    Process victim =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(state + ".log").toFile())
            .start();
    victims.add(victim);
    return victim;
  }

  @Override
  public void close() {
    victims.forEach(Process::destroyForcibly);
    teachers.close();
    checkpoints.close();
    broker.close();
  }
}
