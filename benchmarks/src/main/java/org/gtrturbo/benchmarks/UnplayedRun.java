package org.gtrturbo.benchmarks;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.avro.specific.SpecificRecord;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lineage.CheckpointHash;
import org.gtrturbo.lineage.LedgerDigest;
import org.gtrturbo.lineage.TeacherHash;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;
import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.PolicyNetwork;

/**
 * The log of a run that nobody played: checkpoints, ledger and teachers of the size that a real run
 * of these settings has, in chains that hold. Blobs that they name are not there.
 */
final class UnplayedRun {
  private static final int TURNS_OF_RANGE = 8;
  private static final int DIGEST_BYTES = 16;

  private final Settings settings;
  private final TopicCatalogue topics;
  private final int versions;
  private final ParameterLayout layout;
  private final SplittableRandom random = new SplittableRandom(0);
  private final long[] reached;
  private long bytes;

  UnplayedRun(Settings settings, TopicCatalogue topics, int versions) {
    this.settings = settings;
    this.topics = topics;
    this.versions = versions;
    this.reached = new long[topics.trajectoryPartitions()];
    var environment = Environments.named(settings.environment().name(), Rendering.SMALL, 0).spec();
    this.layout = PolicyNetwork.layout(PolicySpecs.of(environment, settings.policy()));
  }

  /**
   * Writes all of it.
   *
   * @return bytes of the events
   */
  long publish(Cluster cluster) {
    TopicAdmin.create(cluster, topics.all());
    try (var runs = cluster.publisher(TopicCatalogue.runs(), "bench");
        var checkpoints = cluster.publisher(topics.checkpoints(), "bench");
        var ledger = cluster.publisher(topics.ledger(), "bench");
        var teachers = cluster.publisher(topics.teachers(), "bench")) {
      runs.publish(topics.run(), announcement());
      String parent = "";
      List<Teacher> chain = new ArrayList<>();
      for (int version = 0; version < versions; version++) {
        LedgerEntry.Builder entry = entry(version);
        Checkpoint checkpoint = checkpoint(version, parent, entry.build());
        parent = checkpoint.getHash();
        chain.add(teacher(checkpoint, chain));
        checkpoints.publish(topics.run(), counted(topics.checkpoints(), checkpoint));
        ledger.publish(
            topics.run(), counted(topics.ledger(), entry.setCheckpointHash(parent).build()));
        teachers.publish(topics.run(), counted(topics.teachers(), chain.getLast()));
      }
    }
    return bytes;
  }

  private Run announcement() {
    return Run.newBuilder()
        .setRun(topics.run())
        .setStatus(RunStatus.STARTED)
        .setSettings(SettingsWriter.toYaml(settings))
        .setSettingsHash(hash())
        .setEnvironment(settings.environment().name())
        .setSeed(0)
        .setStartedAt(Instant.EPOCH)
        .setUpdatedAt(Instant.EPOCH)
        .build();
  }

  private <T extends SpecificRecord> T counted(Topic<T> topic, T event) {
    bytes += topic.codec().encode(event).length;
    return event;
  }

  private LedgerEntry.Builder entry(long version) {
    int turns = version == 0 ? 0 : settings.learner().turnsPerUpdate();
    List<OffsetRange> trained = new ArrayList<>();
    for (int taken = 0; taken < turns; taken += TURNS_OF_RANGE) {
      int partition = random.nextInt(reached.length);
      partition = version == 1 && taken == 0 ? 0 : partition;
      long first = reached[partition];
      reached[partition] += TURNS_OF_RANGE;
      trained.add(new OffsetRange(partition, first, reached[partition] - 1));
    }
    byte[] digests = new byte[trained.size() * TURNS_OF_RANGE * DIGEST_BYTES];
    random.nextBytes(digests);
    return LedgerEntry.newBuilder()
        .setRun(topics.run())
        .setVersion(version)
        .setCheckpointHash("")
        .setTrained(trained)
        .setTrainedDigests(ByteBuffer.wrap(digests))
        .setTurnsTrained(turns)
        .setEpisodesTrained(trained.size())
        .setOldestPolicyVersion(Math.max(0, version - 1))
        .setNewestPolicyVersion(version)
        .setLeftOut(List.of())
        .setCreatedAt(Instant.EPOCH);
  }

  private Checkpoint checkpoint(long version, String parent, LedgerEntry entry) {
    List<PartitionProgress> progress = new ArrayList<>();
    for (int partition = 0; partition < reached.length; partition++) {
      progress.add(new PartitionProgress(partition, reached[partition], List.of()));
    }
    Checkpoint unnamed =
        Checkpoint.newBuilder()
            .setRun(topics.run())
            .setVersion(version)
            .setHash("")
            .setParentHash(parent)
            .setSettingsHash(hash())
            .setPolicy(new BlobRef(hash(), 1000L))
            .setTensors(tensors())
            .setOptimizer(tensors().subList(0, 4))
            .setOptimizerSteps(version)
            .setTurnsTrained(version * settings.learner().turnsPerUpdate())
            .setBatch(entry.getTrained())
            .setProgress(progress)
            .setConsumed(List.of())
            .setLedgerDigest(LedgerDigest.of(entry))
            .setLosses(Map.of("policy", 0.1, "value", 0.2, "guidance", 0.3))
            .setCreatedAt(Instant.EPOCH)
            .build();
    return Checkpoint.newBuilder(unnamed).setHash(CheckpointHash.of(unnamed)).build();
  }

  private Teacher teacher(Checkpoint newest, List<Teacher> before) {
    double weight = before.isEmpty() ? 1 : settings.teacher().alpha();
    List<TeacherInput> inputs = new ArrayList<>();
    inputs.add(
        new TeacherInput(
            TeacherInputKind.CHECKPOINT, newest.getVersion(), newest.getHash(), weight));
    if (!before.isEmpty()) {
      Teacher into = before.getLast();
      inputs.add(
          new TeacherInput(
              TeacherInputKind.TEACHER, into.getVersion(), into.getHash(), 1 - weight));
    }
    Teacher unnamed =
        Teacher.newBuilder()
            .setRun(topics.run())
            .setVersion(newest.getVersion())
            .setHash("")
            .setParentHash(before.isEmpty() ? "" : before.getLast().getHash())
            .setRule("ema")
            .setRuleSettings(Map.of("alpha", Double.toString(settings.teacher().alpha())))
            .setMerged(newest.getVersion())
            .setInputs(inputs)
            .setPolicy(newest.getPolicy())
            .setTensors(tensors())
            .setOnnx(new BlobRef(hash(), layout.size() * Float.BYTES))
            .setCreatedAt(Instant.EPOCH)
            .build();
    return Teacher.newBuilder(unnamed).setHash(TeacherHash.of(unnamed)).build();
  }

  private List<TensorRef> tensors() {
    return layout.slots().stream()
        .map(
            slot ->
                new TensorRef(
                    slot.name(),
                    "float32",
                    Arrays.stream(slot.shape()).boxed().toList(),
                    List.of(new BlobRef(hash(), slot.elements() * Float.BYTES))))
        .toList();
  }

  private String hash() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
