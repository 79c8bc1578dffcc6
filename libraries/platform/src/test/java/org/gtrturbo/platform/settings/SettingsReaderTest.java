package org.gtrturbo.platform.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.settings.Settings.Guidance;
import org.gtrturbo.platform.settings.Settings.LearningRateSchedule;
import org.gtrturbo.platform.settings.Settings.MergeRuleName;
import org.gtrturbo.platform.settings.Settings.PolicyRatio;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Layers lie over each other in order, and what is refused is named with its rule and its place.
 */
class SettingsReaderTest {
  @TempDir Path folder;

  @Test
  void withoutAnythingTheDefaultsHold() {
    Settings settings = read();

    assertThat(settings.run().turns()).isEqualTo(160_000);
    assertThat(settings.environment().name()).isEqualTo("threecards");
    assertThat(settings.policy().patchWidth()).isEqualTo(16);
    assertThat(settings.warmStart().learningRate()).isEqualTo(2e-3);
    assertThat(settings.learner().schedule()).isEqualTo(LearningRateSchedule.COSINE);
    assertThat(settings.learner().ratio()).isEqualTo(PolicyRatio.TOKEN);
    assertThat(settings.learner().epsilon()).isEqualTo(1e-7);
    assertThat(settings.guidance().kind()).isEqualTo(Guidance.KL_LOSS);
    assertThat(settings.teacher().rule()).isEqualTo(MergeRuleName.EMA);
    assertThat(settings.kafka().bootstrap()).isEmpty();
  }

  @Test
  void eachLayerLiesOverTheOneBefore() throws IOException {
    Path file =
        file(
            """
            environment:
              name: ezpoints
            warmStart:
              misreadCard: 0.2
              randomAction: 0.2
            """);

    Settings settings = read(file, "warmStart.randomAction=0.4");

    assertThat(settings.warmStart().minibatch()).as("default").isEqualTo(128);
    assertThat(settings.warmStart().steps()).as("environment").isEqualTo(600);
    assertThat(settings.warmStart().misreadCard()).as("file").isEqualTo(0.2);
    assertThat(settings.warmStart().randomAction()).as("override").isEqualTo(0.4);
  }

  @Test
  void theEnvironmentGivenLiesOverTheFilesAndBringsItsOwnDefaults() throws IOException {
    Path file = file("environment:\n  name: threecards\n");

    Settings settings = SettingsReader.read(Optional.of(file), Optional.of("ezpoints"), List.of());

    assertThat(settings.environment().name()).isEqualTo("ezpoints");
    assertThat(settings.warmStart().steps()).isEqualTo(600);
  }

  @ParameterizedTest
  @ValueSource(strings = {"numberline", "ezpoints", "threecards"})
  void everyEnvironmentHasSettingsThatHold(String environment) {
    assertThat(
            SettingsReader.read(Optional.empty(), Optional.of(environment), List.of())
                .environment()
                .name())
        .isEqualTo(environment);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing but a comment\n", "learner:\n"})
  void anEmptyFileChangesNothing(String yaml) throws IOException {
    assertThat(read(file(yaml))).isEqualTo(read());
  }

  @Test
  void aNumberMayBeWrittenInSeveralWays() throws IOException {
    Path file = file("run:\n  turns: 1_000\nlearner:\n  learningRate: 1e-3\n  clip: 1\n");

    Settings settings = read(file);

    assertThat(settings.run().turns()).isEqualTo(1000);
    assertThat(settings.learner().learningRate()).isEqualTo(0.001);
    assertThat(settings.learner().clip()).isEqualTo(1.0);
  }

  @Test
  void aClusterIsNamedByItsAddresses() {
    assertThat(read("kafka.bootstrap=a:9092,b:9093").kafka().bootstrap()).contains("a:9092,b:9093");
    assertThat(read("kafka.bootstrap=none").kafka().bootstrap()).isEmpty();
    assertThat(
            read("kafka.bootstrap=a:1", "kafka.clientProperties=my.properties")
                .kafka()
                .clientProperties())
        .contains("my.properties");
  }

  @ParameterizedTest
  @CsvSource({
    "learner.epoch, learner.epochs",
    "epochs, learner.epochs",
    "Learner.epochs, learner.epochs",
    "learner.learning_rate, learner.learningRate",
    "learner.formatReward.vald, learner.formatReward.valid",
    "kafka.bootsrap, kafka.bootstrap",
  })
  void anUnknownSettingIsRefusedWithItsLineAndTheNearest(String name, String nearest)
      throws IOException {
    String[] parts = name.split("\\.", -1);
    var yaml = new StringBuilder("# a comment\n");
    for (int depth = 0; depth < parts.length; depth++) {
      yaml.append("  ".repeat(depth)).append(parts[depth]).append(':');
      yaml.append(depth == parts.length - 1 ? " 1\n" : "\n");
    }
    Path file = file(yaml.toString());
    int sections = name.startsWith("Learner") ? 1 : parts.length;

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith("unknown setting ")
        .hasMessageEndingWith("(" + file + ":" + (sections + 1) + ")");
    assertThatThrownBy(() -> read(name + "=1"))
        .hasMessage(
            "unknown setting "
                + name
                + "; the nearest is "
                + nearest
                + " (override "
                + name
                + "=1)");
  }

  @Test
  void anUnknownSectionIsRefused() throws IOException {
    Path file = file("run:\n  seed: 1\nlerner:\n  epochs: 1\n");

    assertThatThrownBy(() -> read(file))
        .hasMessageStartingWith("unknown setting lerner; the nearest is learner")
        .hasMessageEndingWith("(" + file + ":3)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learner|epochs|two|learner.epochs must be a whole number, got 'two'",
        "learner|epochs|1.5|learner.epochs must be a whole number, got '1.5'",
        "learner|epochs|true|learner.epochs must be a whole number, got 'true'",
        "learner|epochs||learner.epochs must be a whole number, got ''",
        "learner|epochs|[1]|learner.epochs must be one value, not a list",
        "learner|epochs|{a: 1}|learner.epochs must be one value, not a section",
        "learner|epochs|99999999999|learner.epochs must be in [-2147483648, 2147483647], got"
            + " 99999999999",
        "learner|epochs|0|learner.epochs must be at least 1, got 0",
        "learner|clip|wide|learner.clip must be a number, got 'wide'",
        "learner|clip|.NaN|learner.clip must be a number, got '.NaN'",
        "learner|clip|NaN|learner.clip must be above 0 and finite, got NaN",
        "learner|discount|1.5|learner.discount must be in [0.0, 1.0], got 1.5",
        "learner|beta2|1|learner.beta2 must be at least 0 and below 1, got 1.0",
        "learner|minibatch|4096|learner.minibatch must be at most learner.turnsPerUpdate (2048),"
            + " got 4096",
        "learner|schedule|COSINE|learner.schedule must be one of constant, cosine, linear,"
            + " cosine-annealing, got 'COSINE'",
        "learner|formatReward|[3]|learner.formatReward must be a section, not a list",
        "learner|rate|[3]|unknown setting learner.rate; the nearest is learner.ratio",
        "learner|formatReward|3|learner.formatReward must be a section, got '3'",
        "guidance|kind|kl_loss|guidance.kind must be one of none, kl-loss, clipped-penalty,"
            + " token-penalty, turn-penalty, return-penalty, reward-penalty, sft, got 'kl_loss'",
        "policy|heads|3|policy.width must be a multiple of policy.heads (3), got 64",
        "run|name|a.b|run.name must be 1 to 100 letters, digits, - or _, the first one a letter or"
            + " a digit, got a.b",
        "environment|name|chess|environment.name must be one of numberline, ezpoints, threecards,"
            + " got chess",
        "teacher|alpha|0|teacher.alpha must be above 0 and at most 1, got 0.0",
        "kafka|bootstrap|localhost|kafka.bootstrap must be host:port, several with commas between,"
            + " or none, got localhost",
        "kafka|clientProperties|my.properties|kafka.clientProperties must be none where"
            + " kafka.bootstrap is, got my.properties",
      })
  void aValueThatIsRefusedIsNamedWithItsRuleAndPlace(
      String section, String setting, String value, String message) throws IOException {
    String text = value == null ? "" : value;
    Path file = file(section + ":\n  " + setting + ": " + text + "\n");

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(SettingException.class)
        .hasMessageStartingWith(message + " (");
    if (!message.startsWith("policy.width")) {
      assertThatThrownBy(() -> read(file)).hasMessageEndingWith("(" + file + ":2)");
    }
  }

  @Test
  void anOverrideThatIsRefusedIsQuoted() {
    assertThatThrownBy(() -> read("learner.epochs=many"))
        .hasMessage(
            "learner.epochs must be a whole number, got 'many' (override learner.epochs=many)");
    assertThatThrownBy(() -> read("learner.epochs"))
        .hasMessage(
            "an override must read setting=value, 'learner.epochs=1' say (override"
                + " learner.epochs)");
  }

  @Test
  void aSettingNamedTwiceIsRefused() throws IOException {
    Path file = file("run:\n  seed: 1\n  seed: 2\n");

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining("'seed'")
        .hasMessageEndingWith("(" + file + ":3)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"run: \"open|not YAML", "- run|must hold sections", "just text|must hold sections"})
  void aFileThatHoldsNoSettingsIsRefusedByItsName(String yaml, String reason) throws IOException {
    Path file = file(yaml);

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining(file.toString());
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = folder.resolve("absent.yaml");

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(SettingException.class)
        .hasMessage("there is no settings file " + file + "; check the path");
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("settings.yaml"), yaml);
  }

  private static Settings read(String... overrides) {
    return SettingsReader.read(Optional.empty(), Optional.empty(), List.of(overrides));
  }

  private static Settings read(Path file, String... overrides) {
    return SettingsReader.read(Optional.of(file), Optional.empty(), List.of(overrides));
  }
}
