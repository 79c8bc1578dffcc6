package org.gtrturbo.merger;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.ShardTask;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.TensorBlobs;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;

/** A run whose checkpoints follow from their versions alone. */
record RecordedRun(BlobStore blobs) {
  static final String NAME = "recorded";
  static final TopicCatalogue TOPICS = new TopicCatalogue(NAME, 1);
  static final PolicySpec SPEC =
      new PolicySpec(
          new PolicySpec.PictureSpec(4, 4, 1, 2, 2),
          new PolicySpec.TextSpec(List.of("_", "one", "two", "do", "plus", "minus"), 3, 4),
          new PolicySpec.TransformerSpec(8, 1, 2, 16));

  static Parameters parameters(long version) {
    return VisionLanguageModel.initialise(SPEC, 1000 + version);
  }

  Checkpoint checkpoint(long version) {
    return checkpoint(version, SPEC, parameters(version));
  }

  Checkpoint checkpoint(long version, PolicySpec spec, Parameters parameters) {
    var weights = new WeightBlobs(blobs);
    return Checkpoint.newBuilder()
        .setRun(NAME)
        .setVersion(version)
        .setHash("checkpoint-" + version)
        .setParentHash(version == 0 ? "" : "checkpoint-" + (version - 1))
        .setSettingsHash("settings")
        .setPolicy(weights.storeSpec(spec))
        .setTensors(weights.storeParameters(parameters))
        .setOptimizer(List.of())
        .setOptimizerSteps(version)
        .setTurnsTrained(version)
        .setBatch(List.of())
        .setProgress(List.of())
        .setLosses(Map.of())
        .setCreatedAt(Instant.ofEpochSecond(version))
        .build();
  }

  Checkpoint withTensor(Checkpoint checkpoint, int index, TensorRef tensor) {
    var tensors = new ArrayList<>(checkpoint.getTensors());
    tensors.set(index, tensor);
    return Checkpoint.newBuilder(checkpoint).setTensors(tensors).build();
  }

  static byte[] bytes(Checkpoint checkpoint) {
    return TOPICS.checkpoints().codec().encode(checkpoint);
  }

  /** The teachers that checkpoints 0 to {@code last} make where nothing goes wrong. */
  List<Teacher> undisturbed(MergePlan plan, long last) {
    return undisturbed(plan, TensorBlobs.DEFAULT_CHUNK_BYTES, last);
  }

  /** The same, merged in shards of another size, all of them here. */
  List<Teacher> undisturbed(MergePlan plan, int shardBytes, long last) {
    return undisturbed(plan, shardBytes, LongStream.rangeClosed(0, last).toArray());
  }

  /** The same, of these checkpoints alone. */
  List<Teacher> undisturbed(MergePlan plan, int shardBytes, long... versions) {
    var made = new FoldedHere(blobs, plan, shardBytes);
    for (long version : versions) {
      made.offer(checkpoint(version));
    }
    return made.teachers();
  }

  /** A stream whose shards are folded at once by whoever sends them. */
  private static final class FoldedHere implements TeacherStream.Outlet {
    private final List<Teacher> teachers = new ArrayList<>();
    private final ArrayDeque<ShardTask> sent = new ArrayDeque<>();
    private long offered = -1;
    private final MergeWorkshop workshop;
    private final TeacherStream stream;

    FoldedHere(BlobStore blobs, MergePlan plan, int shardBytes) {
      workshop = MergeWorkshop.of(TOPICS.checkpoints().codec(), blobs, shardBytes, Map.of());
      stream = new TeacherStream(plan, workshop, ScriptedHistory.EMPTY, this);
    }

    void offer(Checkpoint checkpoint) {
      long version = checkpoint.getVersion();
      stream.follow(offered, version, Optional.of(checkpoint));
      offered = version;
      while (stream.step(version, _ -> true)) {
        while (!sent.isEmpty()) {
          stream.take(new ShardProcessor(TOPICS, workshop).folded(sent.remove()));
        }
      }
    }

    List<Teacher> teachers() {
      return List.copyOf(teachers);
    }

    @Override
    public void announce(Teacher teacher, double distance, Duration took) {
      teachers.add(teacher);
    }

    @Override
    public void send(ShardTask task) {
      sent.add(task);
    }

    @Override
    public Instant now() {
      return Instant.EPOCH;
    }
  }
}
