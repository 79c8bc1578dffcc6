package org.gtrturbo.merger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.lineage.TeacherHash;
import org.gtrturbo.merging.WeightVectors;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicyFile;

/**
 * Makes teachers: weights, the event that names them, and the ONNX model, all stored when the event
 * is returned. The same inputs give the same teacher, all but the time.
 */
final class TeacherFoundry {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BlobStore blobs;
  private final WeightBlobs weightBlobs;
  private final MergePlan plan;
  private final Map<String, String> origin;

  /**
   * @param origin put into the metadata of every exported teacher
   */
  TeacherFoundry(BlobStore blobs, MergePlan plan, Map<String, String> origin) {
    this.blobs = blobs;
    this.weightBlobs = new WeightBlobs(blobs);
    this.plan = plan;
    this.origin = Map.copyOf(origin);
  }

  /** A teacher and its weights, so that the next fold need not read them again. */
  record Made(Teacher teacher, PolicyWeights weights) {}

  /** The base as it is. */
  Made start(Checkpoint base, PolicyWeights weights, Instant at) {
    return finish(base, "", 0, List.of(input(base, 1)), weights, at);
  }

  /**
   * The checkpoint folded into a teacher.
   *
   * @param teacherWeights the weights of {@code step.into()}
   */
  Made fold(
      MergeStep.Fold step,
      PolicyWeights teacherWeights,
      Checkpoint checkpoint,
      PolicyWeights newest,
      Instant at) {
    Parameters folded = Parameters.zeros(teacherWeights.parameters().layout());
    WeightVectors.fold(
        teacherWeights.parameters().values(),
        newest.parameters().values(),
        step.weight(),
        folded.values());
    var predecessor =
        new TeacherInput(
            TeacherInputKind.TEACHER,
            step.into().getVersion(),
            step.into().getHash(),
            1 - step.weight());
    return finish(
        checkpoint,
        step.into().getHash(),
        step.merged(),
        List.of(input(checkpoint, step.weight()), predecessor),
        new PolicyWeights(teacherWeights.spec(), folded),
        at);
  }

  private static TeacherInput input(Checkpoint checkpoint, double weight) {
    return new TeacherInput(
        TeacherInputKind.CHECKPOINT, checkpoint.getVersion(), checkpoint.getHash(), weight);
  }

  private Made finish(
      Checkpoint newest,
      String parentHash,
      long merged,
      List<TeacherInput> inputs,
      PolicyWeights weights,
      Instant at) {
    Teacher.Builder teacher =
        Teacher.newBuilder()
            .setRun(newest.getRun())
            .setVersion(newest.getVersion())
            .setHash("")
            .setParentHash(parentHash)
            .setRule(plan.rule().name())
            .setRuleSettings(plan.ruleSettings())
            .setMerged(merged)
            .setInputs(inputs)
            .setPolicy(weightBlobs.storeSpec(weights.spec()))
            .setTensors(weightBlobs.storeParameters(weights.parameters()))
            .setOnnx(new BlobRef("", 0L))
            .setCreatedAt(at);
    Teacher named = teacher.setHash(TeacherHash.of(teacher.build())).build();
    byte[] onnx =
        new PolicyFile(weights.spec(), weights.parameters(), lineage(named, newest)).toOnnx();
    return new Made(teacher.setOnnx(blobs.put(ByteBuffer.wrap(onnx))).build(), weights);
  }

  /** Where the teacher comes from, for whoever has nothing but its ONNX file. */
  private Map<String, String> lineage(Teacher teacher, Checkpoint newest) {
    var lineage = new HashMap<String, String>();
    lineage.putAll(origin);
    lineage.put("gtr.run", teacher.getRun());
    lineage.put("gtr.teacher.version", Long.toString(teacher.getVersion()));
    lineage.put("gtr.teacher.hash", teacher.getHash());
    lineage.put("gtr.teacher.parent", teacher.getParentHash());
    lineage.put("gtr.teacher.merged", Long.toString(teacher.getMerged()));
    lineage.put("gtr.checkpoint.hash", newest.getHash());
    lineage.put("gtr.rule", teacher.getRule());
    teacher.getRuleSettings().forEach((key, value) -> lineage.put("gtr.rule." + key, value));
    lineage.put("gtr.inputs", json(teacher.getInputs()));
    return lineage;
  }

  private static String json(List<TeacherInput> inputs) {
    var entries = inputs.stream().map(TeacherFoundry::entry).toList();
    try {
      return JSON.writeValueAsString(entries);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("inputs could not be written as JSON", impossible);
    }
  }

  private static Map<String, Object> entry(TeacherInput input) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("kind", input.getKind().name());
    entry.put("version", input.getVersion());
    entry.put("hash", input.getHash());
    entry.put("weight", input.getWeight());
    return entry;
  }
}
