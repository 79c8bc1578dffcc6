package org.gtrturbo.platform.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.settings.SettingsWriter.Difference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings written down are the same settings, and their hash tells what is trained apart. */
class SettingsWriterTest {

  @Test
  void whatIsWrittenReadsBackAsTheSameSettings() {
    Settings settings =
        read(
            "kafka.bootstrap=a:1,b:2",
            "kafka.clientProperties=/etc/gtr/client.properties",
            "learner.epsilon=1e-12",
            "guidance.kind=clipped-penalty");

    String yaml = SettingsWriter.toYaml(settings);

    assertThat(SettingsReader.parse("run", yaml)).isEqualTo(settings);
    assertThat(SettingsReader.parse("run", SettingsWriter.toYaml(read()))).isEqualTo(read());
  }

  @Test
  void theFormIsCanonical() {
    assertThat(SettingsWriter.toYaml(read("learner.learningRate=0.003", "run.seed=7")))
        .startsWith(
            "run:\n  name: gtr\n  seed: 7\n  turns: 160000\n  episodes: 512\nenvironment:\n")
        .contains("  epsilon: 1.0E-7\n  formatReward:\n    valid: 0.0\n    invalid: 0.0\n  offP")
        .contains("guidance:\n  kind: kl-loss\n")
        .endsWith(
            "kafka:\n  bootstrap: none\n  clientProperties: none\n  trajectoryPartitions: 4\n")
        .isEqualTo(SettingsWriter.toYaml(read("learner.learningRate=3e-3", "run.seed=7")));
  }

  @Test
  void yamlThatLacksASettingIsRefused() {
    String yaml = SettingsWriter.toYaml(read()).replace("  epochs: 1\n", "");

    assertThatThrownBy(() -> SettingsReader.parse("run", yaml))
        .hasMessage("setting learner.epochs is missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka.bootstrap=a:1",
        "run.episodes=64",
        "actor.threads=1",
        "actor.maxLagTurns=9999",
        "device.actor=cuda",
        "device.index=1",
        "device.fallback=cpu"
      })
  void whatTrainingDoesNotDependOnLeavesTheHash(String override) {
    assertThat(SettingsWriter.hash(read(override))).isEqualTo(SettingsWriter.hash(read()));
    assertThat(SettingsWriter.differences(read(), read(override)))
        .singleElement()
        .returns(false, Difference::trained);
  }

  @Test
  void howClientsIdentifyThemselvesLeavesTheHash() {
    Settings plain = read("kafka.bootstrap=a:1");
    Settings secured = read("kafka.bootstrap=a:1", "kafka.clientProperties=client.properties");

    assertThat(SettingsWriter.hash(secured)).isEqualTo(SettingsWriter.hash(plain));
    assertThat(SettingsWriter.differences(plain, secured))
        .singleElement()
        .returns(false, Difference::trained)
        .hasToString("kafka.clientProperties: none -> client.properties");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run.seed=1",
        "learner.threads=1",
        "device.learner=cuda",
        "device.matrixProducts=tf32",
        "learner.formatReward.valid=0.1",
        "teacher.alpha=0.25",
        "kafka.trajectoryPartitions=2"
      })
  void whatTrainingDependsOnChangesTheHash(String override) {
    assertThat(SettingsWriter.hash(read(override))).isNotEqualTo(SettingsWriter.hash(read()));
    assertThat(SettingsWriter.differences(read(), read(override)))
        .singleElement()
        .returns(true, Difference::trained);
  }

  @Test
  void theHashIsASha256InHexadecimal() {
    assertThat(SettingsWriter.hash(read())).matches("[0-9a-f]{64}");
  }

  @Test
  void settingsThatCameLaterLeaveTheHashOfRunsThatDoNotUseThem() {
    Settings numberLine =
        SettingsReader.read(Optional.empty(), Optional.of("numberline"), List.of());

    assertThat(SettingsWriter.hash(numberLine))
        .isEqualTo("2b2f8c2dd8bae67926e9283db5c9accf47be565497d6b2475a28f48f10e66868");
    assertThat(SettingsWriter.hash(read("policy.folder=mine")))
        .isNotEqualTo(SettingsWriter.hash(read()));
  }

  @Test
  void differencesNameTheSettingAndBothValues() {
    assertThat(
            SettingsWriter.differences(
                    read(), read("learner.epochs=3", "guidance.kind=none", "kafka.bootstrap=a:1"))
                .stream()
                .map(Difference::toString))
        .containsExactly(
            "learner.epochs: 1 -> 3",
            "guidance.kind: kl-loss -> none",
            "kafka.bootstrap: none -> a:1");
    assertThat(SettingsWriter.differences(read(), read())).isEmpty();
  }

  private static Settings read(String... overrides) {
    return SettingsReader.read(Optional.empty(), Optional.empty(), List.of(overrides));
  }
}
