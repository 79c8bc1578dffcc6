package org.gtrturbo.infra;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.gtrturbo.actor.ActorIdentity;
import org.gtrturbo.actor.ActorListener;
import org.gtrturbo.actor.ActorService;
import org.gtrturbo.cli.Main;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.infra.RecordingAuthorizer.Access;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.blobs.TensorBlobs;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;

/**
 * A short run of the services on a broker that has the topics, the users and the access rules of
 * the manifests and no others. The services log in with the manifests' client properties.
 */
final class GuardedRun implements AutoCloseable {
  /** What a run needs to be over soon; where it is and who it is are left as they are. */
  private static final List<String> SHORT =
      List.of(
          "run.turns=600",
          "policy.width=16",
          "policy.layers=1",
          "policy.heads=2",
          "policy.feedForward=32",
          "warmStart.demonstrations=64",
          "warmStart.steps=5",
          "warmStart.minibatch=16",
          "learner.turnsPerUpdate=128",
          "learner.minibatch=32",
          "learner.threads=1",
          "learner.maxStalenessVersions=100",
          "actor.environments=16",
          "actor.threads=1",
          "actor.maxLagTurns=512",
          "teacher.everyCheckpoints=1",
          // Several shards, so that the merger uses their topics.
          "merger.shardBytes=65536");

  /** Somebody who has nothing to do with the services. */
  private static final String LOOKER = "looker";

  private static final AccessRule MAY_LOOK =
      new AccessRule(
          "User:" + LOOKER,
          new ResourcePattern(ResourceType.TOPIC, "gtr.", PatternType.PREFIXED),
          AclOperation.READ);

  private final Manifests manifests;
  private final Path folder;
  private final GuardedBroker broker;

  private GuardedRun(Manifests manifests, Path folder, GuardedBroker broker) {
    this.manifests = manifests;
    this.folder = folder;
    this.broker = broker;
  }

  /** What the services did, and what they wanted to do and might not. */
  record Accesses(Optional<RunStatus> status, Set<Access> done, Set<Access> refused) {}

  /** The broker with everything that the operator would make of the manifests. */
  static GuardedRun prepare(Manifests manifests, Path folder) throws Exception {
    Map<String, String> passwords =
        manifests.users().stream()
            .map(GuardedRun::name)
            .collect(Collectors.toMap(user -> user, user -> "password-of-" + user));
    passwords.put(LOOKER, "password-of-" + LOOKER);
    var broker =
        GuardedBroker.start(folder, manifests.kafka().getSpec().getKafka().getConfig(), passwords);
    var run = new GuardedRun(manifests, folder, broker);
    for (var user : passwords.entrySet()) {
      run.mountSecrets(user.getKey(), user.getValue());
    }
    run.apply();
    return run;
  }

  /** Returns when the learner has its turns and the last checkpoint is merged. */
  Accesses train() {
    publishGarbage();
    var blobs = new FolderBlobStore(runFolder().resolve("blobs"));
    try (var merger =
            MergerService.start(
                settings("merger"), cluster("merger"), blobs, folder.resolve("merger-state"));
        var actor =
            ActorService.start(
                settings("actor"),
                cluster("actor"),
                blobs,
                ActorIdentity.ofThisProcess(),
                ActorListener.NONE)) {
      CompletableFuture<Integer> learner = CompletableFuture.supplyAsync(this::learn);
      // Bounds what hangs: what fails says so at once, and a slow machine is no failure.
      await()
          .atMost(Duration.ofMinutes(8))
          .until(
              () -> {
                merger.throwIfFailed();
                actor.throwIfFailed();
                return learner.isDone() && newestTeacher() == newestCheckpoint();
              });
      assertThat(learner.join()).as("exit code of the learner").isZero();
      publishBroken(blobs);
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> EventReader.latest(administrator(), topics().decisions()).isPresent());
      return new Accesses(
          EventReader.latest(administrator(), TopicCatalogue.runs())
              .map(event -> event.value().getStatus()),
          RecordingAuthorizer.allowed(),
          RecordingAuthorizer.denied());
    }
  }

  /** A checkpoint that the merger quarantines. */
  private void publishBroken(FolderBlobStore blobs) {
    var checkpoints = topics().checkpoints();
    Checkpoint newest = EventReader.latest(administrator(), checkpoints).orElseThrow().value();
    List<TensorRef> tensors = new ArrayList<>(newest.getTensors());
    TensorRef last = tensors.removeLast();
    long[] shape = last.getShape().stream().mapToLong(Long::longValue).toArray();
    int elements = (int) Arrays.stream(shape).reduce(1, Math::multiplyExact);
    MemorySegment values = Arena.ofAuto().allocate((long) elements * Float.BYTES);
    // All bits set are no number.
    values.fill((byte) -1);
    tensors.add(new TensorBlobs(blobs).write(last.getName(), shape, values));
    try (var publisher = administrator().publisher(checkpoints, "broken")) {
      publisher.publish(
          topics().run(),
          Checkpoint.newBuilder(newest)
              .setVersion(newest.getVersion() + 1)
              .setTensors(tensors)
              .build());
    }
  }

  /** The command that the learner's container runs, to its end; its exit code. */
  private int learn() {
    Path settings = folder.resolve("learner.yaml");
    try {
      Files.writeString(settings, SettingsWriter.toYaml(settings("learner")));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    return Main.commandLine()
        .execute("learner", "--settings", settings.toString(), "--runs", runs().toString());
  }

  /** A command about the run, given by somebody who may read it and do nothing else. */
  int look(String... command) {
    var all = new ArrayList<>(List.of(command));
    all.addAll(
        List.of(
            "--runs",
            runs().toString(),
            "--bootstrap",
            broker.services(),
            "--client-properties",
            clientProperties(LOOKER).toString()));
    return Main.commandLine().execute(all.toArray(String[]::new));
  }

  private Path runs() {
    return folder.resolve("runs");
  }

  private Path runFolder() {
    return runs().resolve(topics().run());
  }

  /** Who may do everything. */
  Cluster administrator() {
    return broker.administrator();
  }

  /** The cluster as the service logs in to it. */
  Cluster cluster(String service) {
    return Cluster.named(settings(service).kafka()).orElseThrow();
  }

  TopicCatalogue topics() {
    Settings settings = manifests.settings(List.of());
    return new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
  }

  /** The name that the service logs in by. */
  String user(String service) {
    return manifests.users().stream()
        .map(GuardedRun::name)
        .filter(user -> user.endsWith("-" + service))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    broker.close();
  }

  private void apply() throws ExecutionException, InterruptedException {
    try (var admin = administrator().admin("operator")) {
      admin.createTopics(manifests.topics().stream().map(GuardedRun::topic).toList()).all().get();
      admin
          .createAcls(
              Stream.concat(AccessRule.of(manifests.users()).stream(), Stream.of(MAY_LOOK))
                  .map(AccessRule::binding)
                  .toList())
          .all()
          .get();
    }
  }

  private static NewTopic topic(KafkaTopic manifest) {
    var config =
        manifest.getSpec().getConfig().entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().toString()));
    return new NewTopic(
            manifest.getSpec().getTopicName(), manifest.getSpec().getPartitions(), (short) 1)
        .configs(config);
  }

  /** The client properties as they are, their files where this test has put them. */
  private void mountSecrets(String user, String password) throws IOException {
    Path own = Files.createDirectories(folder.resolve(user));
    Files.writeString(
        own.resolve("sasl.jaas.config"),
        "org.apache.kafka.common.security.scram.ScramLoginModule required"
            + " username=\"%s\" password=\"%s\";".formatted(user, password));
    Files.writeString(
        clientProperties(user),
        Files.readString(manifests.clientProperties())
            .replace("/etc/gtr/user", own.toString())
            .replace("/etc/gtr/cluster", folder.toString()));
  }

  /** So that every service has something that it cannot read and puts aside. */
  private void publishGarbage() {
    try (var producer =
        new KafkaProducer<>(
            administrator().clientConfig("garbage"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (var topic : List.of(topics().trajectories(), topics().checkpoints())) {
        var _ = producer.send(new ProducerRecord<>(topic.name(), "garbage".getBytes(UTF_8)));
      }
    }
  }

  private long newestCheckpoint() {
    return EventReader.latest(administrator(), topics().checkpoints())
        .map(event -> event.value().getVersion())
        .orElse(-1L);
  }

  private long newestTeacher() {
    return EventReader.latest(administrator(), topics().teachers())
        .map(event -> event.value().getVersion())
        .orElse(-1L);
  }

  private Settings settings(String service) {
    var changes = new ArrayList<>(SHORT);
    changes.add("kafka.bootstrap=" + broker.services());
    changes.add("kafka.clientProperties=" + clientProperties(user(service)));
    return manifests.settings(changes);
  }

  private Path clientProperties(String user) {
    return folder.resolve(user).resolve("client.properties");
  }

  private static String name(HasMetadata resource) {
    return resource.getMetadata().getName();
  }
}
