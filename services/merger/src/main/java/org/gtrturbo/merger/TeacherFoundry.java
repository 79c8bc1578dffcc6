package org.gtrturbo.merger;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.ShardState;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.lineage.SharesText;
import org.gtrturbo.lineage.TeacherHash;
import org.gtrturbo.lineage.TeacherMetadata;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.policy.PolicyFile;

/**
 * Makes teachers of merged shards: the event that names them and the ONNX model, all stored when
 * the event is returned. The same shards and inputs give the same teacher, all but the time.
 */
final class TeacherFoundry {
  // Above, an ONNX file of every version would cost more than it is good for.
  private static final long ONNX_UP_TO_BYTES = 256L << 20;

  private final BlobStore blobs;
  private final WeightBlobs weightBlobs;
  private final Map<String, String> origin;

  /**
   * @param origin put into the metadata of every exported teacher
   */
  TeacherFoundry(BlobStore blobs, Map<String, String> origin) {
    this.blobs = blobs;
    this.weightBlobs = new WeightBlobs(blobs);
    this.origin = Map.copyOf(origin);
  }

  /**
   * What a teacher is made from.
   *
   * @param newest the checkpoint folded last
   * @param inputs with their weights in this fold
   * @param base manifest of the base, where the rule needs it
   */
  record Parts(
      Checkpoint newest,
      MergeProgress progress,
      List<TeacherInput> inputs,
      Optional<BlobRef> base,
      List<ShardState> shards) {}

  /**
   * The teacher of these parts.
   *
   * @param before absent for the first of a stream
   * @param shares of the stream's checkpoints, for the model's metadata
   */
  Teacher make(
      MergePlan plan,
      Policies.Policy policy,
      Optional<Teacher> before,
      Parts parts,
      SharesText shares,
      Instant at) {
    Teacher.Builder teacher =
        Teacher.newBuilder()
            .setRun(parts.newest().getRun())
            .setVersion(parts.newest().getVersion())
            .setHash("")
            .setParentHash(before.map(Teacher::getHash).orElse(""))
            .setStream(plan.stream())
            .setRevision(before.map(Teacher::getRevision).orElse(0L))
            .setRule(plan.rule().name())
            .setRuleSettings(plan.ruleSettings())
            .setMerged(parts.progress().merged())
            .setWeight(parts.progress().weight())
            .setInputs(parts.inputs())
            .setPolicy(weightBlobs.storeSpec(policy.spec()))
            .setTensors(ShardStates.tensors(policy.plan(), parts.shards()))
            .setOnnx(Manifests.NONE)
            .setCreatedAt(at);
    parts.base().ifPresent(teacher::setBase);
    if (!plan.rule().sums().isEmpty()) {
      teacher.setSums(ShardStates.sums(plan.rule(), parts.shards()));
    }
    Teacher named = teacher.setHash(TeacherHash.of(teacher.build())).build();
    return teacher.setOnnx(onnx(named, policy, shares)).build();
  }

  /**
   * A teacher as the first of a new revision, to be gone on from: the same weights and sums.
   *
   * @param revision higher than any of its stream before
   */
  Teacher revised(Teacher teacher, long revision, Instant at) {
    Teacher.Builder revised =
        Teacher.newBuilder(teacher)
            .setHash("")
            .setParentHash(teacher.getHash())
            .setRevision(revision)
            .setInputs(List.of(input(teacher, 1)))
            .setCreatedAt(at);
    return revised.setHash(TeacherHash.of(revised.build())).build();
  }

  static TeacherInput input(Checkpoint checkpoint, double weight) {
    return new TeacherInput(
        TeacherInputKind.CHECKPOINT, checkpoint.getVersion(), checkpoint.getHash(), weight);
  }

  static TeacherInput input(Teacher teacher, double weight) {
    return new TeacherInput(
        TeacherInputKind.TEACHER, teacher.getVersion(), teacher.getHash(), weight);
  }

  private BlobRef onnx(Teacher teacher, Policies.Policy policy, SharesText shares) {
    // Later teachers come of it, whether or not it has a file.
    String made = shares.of(teacher);
    if (policy.layout().size() * Float.BYTES > ONNX_UP_TO_BYTES) {
      return Manifests.NONE;
    }
    PolicyWeights weights = weightBlobs.load(teacher);
    Map<String, String> metadata = new HashMap<>(origin);
    metadata.putAll(TeacherMetadata.of(teacher, made));
    var file = new PolicyFile(weights.spec(), weights.parameters(), metadata);
    return blobs.put(ByteBuffer.wrap(file.toOnnx()));
  }
}
