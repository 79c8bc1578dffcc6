package org.gtrturbo.platform.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.settings.Settings.Guidance;
import org.gtrturbo.platform.settings.Settings.GuidanceEstimator;
import org.gtrturbo.platform.settings.Settings.MergeRuleName;
import org.gtrturbo.platform.settings.Settings.PolicyRatio;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Presets lie between what suits the environment and the file, and hold the published numbers. */
class PresetsTest {
  private static final List<String> PRESETS = SettingsReader.PRESETS;

  @TempDir Path folder;

  @ParameterizedTest
  @FieldSource("PRESETS")
  void everyPresetHoldsForEveryEnvironment(String preset) {
    for (String environment : Settings.EnvironmentSettings.NAMES) {
      Settings settings =
          SettingsReader.read(
              Optional.empty(), Optional.of(environment), List.of("preset=" + preset));

      assertThat(SettingsReader.parse(preset, SettingsWriter.toYaml(settings)))
          .as("written down, a run's settings need no preset")
          .isEqualTo(settings);
    }
  }

  @Test
  void theDefaultPresetIsTheDefaults() {
    assertThat(read("preset=default")).isEqualTo(read());
  }

  @ParameterizedTest
  @FieldSource("PRESETS")
  void thePublishedNumbersAreInThePublishedPresets(String preset) {
    Settings settings = read("preset=" + preset);
    if (preset.equals("default")) {
      return;
    }
    var learner = settings.learner();
    assertThat(learner.ratio()).isEqualTo(PolicyRatio.STEP);
    assertThat(learner.discount()).isEqualTo(0.9);
    assertThat(learner.gaeLambda()).isEqualTo(0.95);
    assertThat(learner.clip()).isEqualTo(0.1);
    assertThat(learner.valueClip()).isEqualTo(0.1);
    assertThat(learner.epochs()).isEqualTo(4);
    assertThat(learner.valueCoefficient()).isEqualTo(0.5);
    assertThat(learner.thoughtCoefficient()).isEqualTo(0.5);
    assertThat(learner.offPolicy().ratioLimit()).isEqualTo(10);
    assertThat(learner.maxGradientNorm()).isEqualTo(0.01);
    assertThat(learner.turnsPerUpdate()).isEqualTo(1024);
  }

  @Test
  void theTwoOfGtrTurboDifferInTheirGuidanceAlone() {
    Settings kl = read("preset=gtr-turbo-kl");
    Settings sft = read("preset=gtr-turbo-sft");

    assertThat(kl.learner().formatReward()).isEqualTo(new Settings.FormatRewardSettings(3, -2));
    assertThat(kl.guidance())
        .returns(Guidance.RETURN_PENALTY, Settings.GuidanceSettings::kind)
        .returns(GuidanceEstimator.CLIP, Settings.GuidanceSettings::estimatorUsed)
        .returns(1.0, Settings.GuidanceSettings::coefficient);
    assertThat(kl.teacher().rule()).isEqualTo(MergeRuleName.SMA);
    assertThat(sft.guidance().kind()).isEqualTo(Guidance.SFT);
    assertThat(SettingsWriter.differences(kl, sft))
        .allSatisfy(difference -> assertThat(difference.name()).startsWith("guidance."));
  }

  @Test
  void aPresetLiesUnderTheFileAndTheFileUnderAnOverride() throws IOException {
    Path file =
        file(
            """
            preset: rl4vlm
            learner:
              clip: 0.3
              epochs: 2
            """);

    Settings settings =
        SettingsReader.read(Optional.of(file), Optional.empty(), List.of("learner.epochs=3"));

    assertThat(settings.learner().valueClip()).as("preset").isEqualTo(0.1);
    assertThat(settings.learner().clip()).as("file").isEqualTo(0.3);
    assertThat(settings.learner().epochs()).as("override").isEqualTo(3);
    assertThat(
            SettingsReader.read(
                    Optional.of(file), Optional.empty(), List.of("preset=gtr-turbo-sft"))
                .guidance()
                .kind())
        .as("of the two presets the override's")
        .isEqualTo(Guidance.SFT);
  }

  @Test
  void anUnknownPresetIsRefusedWithThoseThatThereAre() {
    assertThatThrownBy(() -> read("preset=gtr"))
        .hasMessage(
            "preset must be one of default, rl4vlm, gtr-turbo-kl, gtr-turbo-sft, got 'gtr'"
                + " (override preset=gtr)");
  }

  @ParameterizedTest
  @FieldSource("PRESETS")
  void guidanceIsSwitchedOffByItsKindAlone(String preset) {
    Settings off = read("preset=" + preset, "guidance.kind=none", "guidance.upper=10");

    assertThat(off.guidance().estimatorUsed()).isEqualTo(GuidanceEstimator.USUAL);
    assertThat(read("guidance.kind=none", "guidance.estimator=k3").guidance().estimatorUsed())
        .isEqualTo(GuidanceEstimator.USUAL);
  }

  @Test
  void aPresetDoesNotChangeWholeSettings() {
    assertThatThrownBy(() -> SettingsReader.changed(read(), List.of("preset=rl4vlm")))
        .hasMessageContaining("a preset cannot change the settings of a run");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "guidance.kind=kl-loss guidance.estimator=k1 | does not depend on the teacher",
        "guidance.kind=clipped-penalty guidance.estimator=k3 | token-penalty and turn-penalty",
        "guidance.kind=sft guidance.estimator=clip | estimates nothing",
        "guidance.kind=kl-loss guidance.upper=10 | it bounds clip alone",
        "guidance.kind=token-penalty learner.ratio=step | has one advantage a turn",
        "learner.offPolicy.importanceCap=2 | plain PPO has no importance weight",
        "learner.offPolicy.ratioLimit=1.1 | must be above 1 + learner.clip",
        "learner.offPolicy.cBar=2 | must be at most learner.offPolicy.rhoBar"
      })
  void whatDoesNotGoTogetherIsRefusedWithTheReason(String overrides, String reason) {
    assertThatThrownBy(() -> read(overrides.split(" ")))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining(reason);
  }

  private static Settings read(String... overrides) {
    return SettingsReader.read(
        Optional.empty(), Optional.empty(), new ArrayList<>(Arrays.asList(overrides)));
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("settings.yaml"), yaml);
  }
}
