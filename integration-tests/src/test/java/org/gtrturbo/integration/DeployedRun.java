package org.gtrturbo.integration;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.integration.Deployment.Role;
import org.gtrturbo.integration.Deployment.Service;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;

/**
 * One run in a deployment: its services, and what its topics say of them. Whoever waits for
 * something fails as soon as a service has ended with an error.
 */
final class DeployedRun implements AutoCloseable {
  private static final String ENVIRONMENT = "numberline";
  // Kills meet what is under way only where it is seen at once.
  private static final Patience PATIENCE = Patience.looking(Duration.ofMillis(5));

  private final Deployment deployment;
  private final Path logs;
  private final String name;
  private final List<String> overrides;
  private final Settings settings;
  private final TopicCatalogue topics;
  private final List<Service> alive = new ArrayList<>();
  private final AtomicLong newestCheckpoint = new AtomicLong(-1);
  private final AtomicLong newestTeacher = new AtomicLong(-1);
  private final List<TopicFollower<?>> followers;
  private final Consumer<byte[], byte[]> ends;
  private int started;

  /**
   * A run without services yet, whose topics exist.
   *
   * @param logs folder for what the services print
   * @param overrides its settings, {@code learner.epochs=1} each
   */
  DeployedRun(Deployment deployment, Path logs, String name, List<String> overrides) {
    this.deployment = deployment;
    this.logs = logs;
    this.name = name;
    this.overrides = List.copyOf(overrides);
    this.settings = settings(name);
    this.topics = new TopicCatalogue(name, settings.kafka().trajectoryPartitions());
    TopicAdmin.create(cluster(), topics.all());
    this.followers =
        List.of(
            follow(topics.checkpoints(), Checkpoint::getVersion, newestCheckpoint),
            follow(topics.teachers(), Teacher::getVersion, newestTeacher));
    this.ends = cluster().consumer("scenario-ends");
  }

  private <T extends SpecificRecord> TopicFollower<T> follow(
      Topic<T> topic, ToLongFunction<T> version, AtomicLong newest) {
    return TopicFollower.start(
        cluster(),
        topic,
        "scenario-" + topic.name(),
        DeadLetters.logged("scenario"),
        event -> newest.set(version.applyAsLong(event.value())));
  }

  Settings settings() {
    return settings;
  }

  /** The same for a run of another name. */
  Settings settings(String otherName) {
    return SettingsReader.read(
        Optional.empty(),
        Optional.of(ENVIRONMENT),
        Stream.concat(overrides.stream(), Stream.of("run.name=" + otherName)).toList());
  }

  TopicCatalogue topics() {
    return topics;
  }

  Cluster cluster() {
    return new Cluster(deployment.bootstrap());
  }

  BlobStore blobs() {
    return new FolderBlobStore(folder().resolve("blobs"));
  }

  RunHistory history() {
    return RunHistory.on(cluster(), topics);
  }

  /** Where the run keeps what is not on the log. */
  Path folder() {
    return deployment.runs().resolve(name);
  }

  Service startLearner() throws Exception {
    return start(Role.LEARNER, List.of());
  }

  Service startMerger() throws Exception {
    return start(Role.MERGER, List.of());
  }

  /** Starts actors, told apart by these ids. */
  void startActors(List<String> ids) throws Exception {
    for (String id : ids) {
      start(Role.ACTOR, List.of("--id", id));
    }
  }

  private Service start(Role role, List<String> more) throws Exception {
    var arguments = new ArrayList<>(List.of("--env", ENVIRONMENT, "--name", name));
    overrides.forEach(setting -> arguments.addAll(List.of("--set", setting)));
    arguments.addAll(more);
    started++;
    Path log = logs.resolve(name + "-" + started + "-" + role.command() + ".log");
    Service service = deployment.start(role, log, arguments);
    alive.add(service);
    return service;
  }

  /** As {@code kill -9}; returns when it is dead. */
  void kill(Service service) throws Exception {
    alive.remove(service);
    service.kill();
  }

  /** The newest version that was seen. */
  long newestTeacher() {
    return newestTeacher.get();
  }

  void awaitCheckpoint(long version) {
    awaitThat("checkpoint " + version, () -> newestCheckpoint.get() >= version);
  }

  void awaitTeacher(long version) {
    awaitThat("teacher " + version, () -> newestTeacher.get() >= version);
  }

  /** Returns when the learner has trained on all turns of the run and has ended by itself. */
  void awaitCompletion(Service learner) {
    awaitThat("the learner's end", () -> learner.exitCode().isPresent());
  }

  /** Returns when a blob appears that was not there at the call. */
  void awaitAnotherBlob() {
    long before = blobCount();
    awaitThat("a new blob", () -> blobCount() > before);
  }

  private long blobCount() {
    File[] folders = folder().resolve("blobs").resolve("sha256").toFile().listFiles();
    return Stream.ofNullable(folders)
        .flatMap(Stream::of)
        .flatMap(folder -> Stream.ofNullable(folder.list()))
        .mapToLong(names -> names.length)
        .sum();
  }

  private void awaitThat(String what, BooleanSupplier reached) {
    PATIENCE.await(
        what + " of run " + name,
        this::progress,
        () -> {
          alive.forEach(DeployedRun::requireNoFailure);
          followers.forEach(TopicFollower::throwIfFailed);
          return reached.getAsBoolean();
        });
  }

  /**
   * Where the run stands. What services print is none of it: those that hang for want of a broker
   * go on printing.
   *
   * @param recorded turns on the topic, with what transactions add to them
   */
  private record Progress(long checkpoint, long teacher, long recorded) {}

  private Progress progress() {
    return new Progress(newestCheckpoint.get(), newestTeacher.get(), recorded());
  }

  private long recorded() {
    List<TopicPartition> partitions =
        IntStream.range(0, topics.trajectoryPartitions())
            .mapToObj(partition -> new TopicPartition(topics.trajectories().name(), partition))
            .toList();
    return ends.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
  }

  private static void requireNoFailure(Service service) {
    service
        .exitCode()
        .ifPresent(
            code -> {
              if (code != 0) {
                throw new AssertionError(
                    service.log()
                        + ": the service has ended with "
                        + code
                        + "\n"
                        + printed(service));
              }
            });
  }

  private static String printed(Service service) {
    try {
      return Files.readString(service.log());
    } catch (IOException e) {
      return "what it printed cannot be read: " + e;
    }
  }

  /** Ends the services that are left; the log stays. */
  void endServices() {
    alive.forEach(Service::close);
    alive.clear();
  }

  @Override
  public void close() {
    endServices();
    followers.forEach(TopicFollower::close);
    ends.close();
  }
}
