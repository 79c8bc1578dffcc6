package org.gtrturbo.policy.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.Vocabulary;
import org.gtrturbo.policy.device.Compute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Minibatches are cut for the cache only where they are far beyond it, and not too small. */
final class CachedPartsTest {

  @ParameterizedTest(name = "width {0}, {1} turns: {2} parts")
  @CsvSource({"64, 128, 4", "64, 64, 1", "128, 64, 4", "128, 63, 1", "128, 8, 1", "832, 32, 2"})
  void partsFitTheCacheAndKeepManyTokens(int width, int minibatch, int parts) {
    assertThat(cut(width, minibatch, 1)).isEqualTo(parts);
  }

  @Test
  void whatTheSettingsCutStaysAsItIs() {
    assertThat(cut(128, 64, 2)).isEqualTo(2);
  }

  @Test
  void onADeviceOfItsOwnMemoryNothingIsCut() {
    try (TrainingRuntime resident = TrainingRuntime.resident(Compute.cpu(1))) {
      assertThat(cut(128, 64, 1, resident)).isEqualTo(1);
    }
  }

  @ParameterizedTest(name = "width {0}, {1} turns, {2} threads: {3} parts, {4} workers")
  @CsvSource({
    "64, 128, 1, 4, 1",
    "64, 128, 2, 4, 2",
    "64, 128, 3, 4, 2",
    "64, 128, 4, 4, 4",
    "64, 128, 64, 8, 8",
    "64, 64, 2, 2, 2",
    "64, 63, 2, 1, 1",
    "64, 8, 2, 1, 1",
    "2048, 128, 16, 8, 1"
  })
  void threadsComputePartsSideBySideWhileTheirGradientsAreSmall(
      int width, int minibatch, int threads, int parts, int workers) {
    try (TrainingRuntime runtime = TrainingRuntime.on(Compute.cpu(threads))) {
      var cut = CachedParts.cut(setup(spec(width), 1), spec(width), minibatch, 49, runtime);

      assertThat(cut.workers()).isEqualTo(workers);
      assertThat(cut.setup().computation().microBatches()).isEqualTo(parts);
    }
  }

  @Test
  void partsThatTheSettingsAskForToSaveMemoryAreNotSideBySide() {
    try (TrainingRuntime runtime = TrainingRuntime.on(Compute.cpu(4))) {
      assertThat(CachedParts.cut(setup(spec(64), 4), spec(64), 128, 49, runtime).workers())
          .isEqualTo(1);
    }
  }

  private static int cut(int width, int minibatch, int microBatches) {
    try (TrainingRuntime runtime = TrainingRuntime.on(Compute.cpu(1))) {
      return cut(width, minibatch, microBatches, runtime);
    }
  }

  private static int cut(int width, int minibatch, int microBatches, TrainingRuntime runtime) {
    PolicySpec spec = spec(width);
    return CachedParts.cut(setup(spec, microBatches), spec, minibatch, 49, runtime)
        .setup()
        .computation()
        .microBatches();
  }

  private static TrainingSetup setup(PolicySpec spec, int microBatches) {
    Computation plain = Computation.PLAIN;
    return new TrainingSetup(
        TrainingPlan.whole(VisionLanguageModel.layout(spec), new AdamW(0.9, 0.95, 1e-7, 0, 1)),
        new Computation(plain.precision(), plain.lossScaling(), microBatches, 1));
  }

  /** 48 tokens of context, and texts of up to 49. */
  private static PolicySpec spec(int width) {
    List<String> words = new ArrayList<>(List.of("<pad>", Vocabulary.ACTION_MARKER, "word"));
    return new PolicySpec(
        new PolicySpec.PictureSpec(32, 32, 1, 8, 8),
        new PolicySpec.TextSpec(words, 32, 49),
        new PolicySpec.TransformerSpec(width, 1, 1, width == 64 ? 128 : 4 * width));
  }
}
