package org.gtrturbo.merger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;
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
    var foundry = new TeacherFoundry(blobs, plan);
    var teachers = new ArrayList<TeacherFoundry.Made>();
    for (long version = 0; version <= last; version++) {
      Checkpoint checkpoint = checkpoint(version);
      var newest = new PolicyWeights(SPEC, parameters(version));
      Optional<TeacherFoundry.Made> held =
          teachers.isEmpty() ? Optional.empty() : Optional.of(teachers.getLast());
      switch (plan.stepFor(held.map(TeacherFoundry.Made::teacher), checkpoint)) {
        case MergeStep.Start _ -> teachers.add(foundry.start(checkpoint, newest, Instant.EPOCH));
        case MergeStep.Fold fold ->
            teachers.add(
                foundry.fold(
                    fold, held.orElseThrow().weights(), checkpoint, newest, Instant.EPOCH));
        case MergeStep.NotDue _ -> {}
        case MergeStep.Past _, MergeStep.Refused _ ->
            throw new AssertionError("checkpoint " + version + " of an undisturbed run");
      }
    }
    return teachers.stream().map(TeacherFoundry.Made::teacher).toList();
  }
}
