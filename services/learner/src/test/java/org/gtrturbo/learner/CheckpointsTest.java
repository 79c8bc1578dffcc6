package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.events.Turn;
import org.gtrturbo.learner.Batch.Episode;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Lora;
import org.gtrturbo.policy.PolicyNetwork;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.training.TrainingState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a checkpoint holds is all that training goes on from, whatever is trained and how. */
class CheckpointsTest {
  private static final String ADAPTERS =
      "training.lora.targets=block.*.mlp.*d training.lora.whole=value.* training.lora.rank=2";

  @TempDir Path folder;

  private final PolicySpec spec =
      PolicySpecs.of(
          Environments.named("numberline", Rendering.SMALL, 0).spec(),
          TestSettings.with().policy());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "learner.epochs=1",
        "training.optimizer=sgd",
        "training.optimizer=sgd training.momentum=0",
        "training.microBatches=4 training.segments=2",
        "training.precision=float16 training.lossScale=256 training.lossScaleGrowthSteps=3",
        ADAPTERS
      })
  void trainingGoesOnFromACheckpointWithTheSameBits(String changes) {
    Settings settings = settings(changes);
    var checkpoints = new Checkpoints(settings, spec, new FolderBlobStore(folder));
    TrainingState start = start(checkpoints, settings);
    List<Episode> episodes = episodes(settings);
    try (var ppo = new PpoUpdate(spec, settings)) {
      var first = ppo.update(start, episodes, 1, 0);
      Checkpoint base = checkpoints.first(start, Map.of()).checkpoint();
      Checkpoint stored = checkpoints.next(base, first, batch(episodes)).checkpoint();

      TrainingState loaded = checkpoints.load(stored).state();

      assertThat(loaded.lossScale()).isEqualTo(first.state().lossScale());
      var here = ppo.update(first.state(), episodes, 2, 64);
      var there = ppo.update(loaded, episodes, 2, 64);
      assertThat(checkpoints.next(stored, there, batch(episodes)).checkpoint().getHash())
          .isEqualTo(checkpoints.next(stored, here, batch(episodes)).checkpoint().getHash());
      assertThat(new WeightBlobs(new FolderBlobStore(folder)).load(stored).parameters().toArray())
          .isEqualTo(first.state().parameters().toArray())
          .isNotEqualTo(start.parameters().toArray());
    }
  }

  @Test
  void adaptersAloneAreWrittenAndWhatTheyAdaptIsPointedAt() {
    Settings settings = settings(ADAPTERS);
    var checkpoints = new Checkpoints(settings, spec, new FolderBlobStore(folder));
    TrainingState start = start(checkpoints, settings);
    List<Episode> episodes = episodes(settings);
    Checkpoint base = checkpoints.first(start, Map.of()).checkpoint();
    try (var ppo = new PpoUpdate(spec, settings)) {
      var update = ppo.update(start, episodes, 1, 0);
      Checkpoint next = checkpoints.next(base, update, batch(episodes)).checkpoint();

      Map<String, TensorRef> before =
          base.getTensors().stream().collect(Collectors.toMap(TensorRef::getName, ref -> ref));
      assertThat(next.getTensors()).hasSameSizeAs(base.getTensors());
      for (TensorRef tensor : next.getTensors()) {
        boolean trained =
            Lora.adapted(tensor.getName()).isPresent() || tensor.getName().startsWith("value.");
        assertThat(tensor.equals(before.get(tensor.getName())))
            .as(tensor.getName())
            .isEqualTo(!trained);
      }
      long moments =
          next.getOptimizer().stream().mapToLong(tensor -> tensor.getShape().getFirst()).sum();
      assertThat(moments).isLessThan(PolicyNetwork.layout(spec).size());
    }
  }

  @Test
  void frozenTensorsKeepTheirChunks() {
    Settings settings = settings("training.groups=word.embedding@frozen;block.*@rate=0.5");
    var checkpoints = new Checkpoints(settings, spec, new FolderBlobStore(folder));
    TrainingState start = start(checkpoints, settings);
    List<Episode> episodes = episodes(settings);
    Checkpoint base = checkpoints.first(start, Map.of()).checkpoint();
    try (var ppo = new PpoUpdate(spec, settings)) {
      Checkpoint next =
          checkpoints.next(base, ppo.update(start, episodes, 1, 0), batch(episodes)).checkpoint();

      for (int index = 0; index < next.getTensors().size(); index++) {
        TensorRef tensor = next.getTensors().get(index);
        assertThat(tensor.equals(base.getTensors().get(index)))
            .as(tensor.getName())
            .isEqualTo(tensor.getName().equals("word.embedding"));
      }
      assertThat(next.getOptimizer().stream().map(TensorRef::getName))
          .containsExactly(
              "adamw.first-moment",
              "adamw.second-moment",
              "adamw.first-moment/block.*",
              "adamw.second-moment/block.*");
    }
  }

  @Test
  void aCheckpointOfAnotherWayToTrainIsRefused() {
    Settings adam = settings("learner.epochs=1");
    var checkpoints = new Checkpoints(adam, spec, new FolderBlobStore(folder));
    Checkpoint stored = checkpoints.first(start(checkpoints, adam), Map.of()).checkpoint();

    Settings sgd = settings("training.optimizer=sgd");
    assertThatThrownBy(() -> new Checkpoints(sgd, spec, new FolderBlobStore(folder)).load(stored))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("training cannot go on from checkpoint 0")
        .hasMessageContaining("sgd.velocity");
  }

  @Test
  void aPatternThatFitsNoTensorIsRefusedBeforeAnythingIsTrained() {
    assertThatThrownBy(
            () ->
                new Checkpoints(
                    settings("training.groups=blok.*@frozen"), spec, new FolderBlobStore(folder)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no tensor is called blok.*; there are patch.weight");
  }

  @Test
  void aPrecisionThatTheDeviceLacksIsRefusedBeforeAnythingIsTrained() {
    assertThatThrownBy(
            () ->
                new Checkpoints(
                    settings("training.precision=bfloat16"), spec, new FolderBlobStore(folder)))
        .hasMessageContaining("cannot train in BFLOAT16")
        .hasMessageContaining("MatMul");
  }

  /** Changes with blanks between; an @ stands for a blank within one. */
  private static Settings settings(String changes) {
    String[] all =
        ("run.turns=1000 learner.learningRate=1e-2 learner.epochs=3 " + changes).split(" ");
    for (int index = 0; index < all.length; index++) {
      all[index] = all[index].replace('@', ' ');
    }
    return TestSettings.with(all);
  }

  private TrainingState start(Checkpoints checkpoints, Settings settings) {
    var warm = new WarmStart(settings, spec).train(() -> false, LearnerListener.none());
    return checkpoints.start(warm.orElseThrow().state().parameters());
  }

  private List<Episode> episodes(Settings settings) {
    var policy =
        new org.gtrturbo.agents.PolicyWeights(spec, VisionLanguageModel.initialise(spec, 4));
    Map<String, List<PlacedTurn>> byEpisode = new java.util.LinkedHashMap<>();
    long offset = 0;
    for (Turn turn : new ScriptedActor(settings, "a").play(policy, 0, 64)) {
      byEpisode
          .computeIfAbsent(turn.getEpisodeId(), _ -> new java.util.ArrayList<>())
          .add(new PlacedTurn(0, offset++, turn));
    }
    return byEpisode.values().stream()
        .filter(turns -> turns.getLast().endsEpisode())
        .map(Episode::new)
        .toList();
  }

  private static Batch batch(List<Episode> episodes) {
    return new Batch(
        episodes,
        new OffsetLedger.Entry(List.of(), ByteBuffer.allocate(0), List.of(), List.of(), List.of()));
  }
}
