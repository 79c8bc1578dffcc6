package org.gtrturbo.platform.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.settings.TrainingSettings.GroupSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the training settings are read, what is refused, and what they do to a run's hash. */
class TrainingSettingsTest {
  @Test
  void groupsNamePatternsWithARateADecayOrNothingToTrain() {
    var training = read("training.groups=value.* rate=2 decay=0; *.norm decay=0.1;word.* frozen");

    assertThat(training.training().parameterGroups())
        .containsExactly(
            new GroupSettings("value.*", 2, Optional.of(0.0), false),
            new GroupSettings("*.norm", 1, Optional.of(0.1), false),
            new GroupSettings("word.*", 1, Optional.empty(), true));
    assertThat(read().training().parameterGroups()).isEmpty();
  }

  @Test
  void adaptersNamePatternsWithCommasBetween() {
    var lora = read("training.lora.targets=a.*, *.b", "training.lora.whole=c").training().lora();

    assertThat(lora.targetPatterns()).containsExactly("a.*", "*.b");
    assertThat(lora.wholePatterns()).containsExactly("c");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "training.groups=value.*             | must read 'PATTERN frozen'",
        "training.groups=value.* rate=fast   | must read 'PATTERN frozen'",
        "training.groups=a frozen;           | must read 'PATTERN frozen'",
        "training.groups=a frozen rate=2     | a frozen group has neither rate nor decay",
        "training.groups=a rate=-1           | must be at least 0",
        "training.groups=a rate=1;a frozen   | must name each pattern once",
        "training.optimizer=adam             | must be one of adamw, sgd",
        "training.nesterov=yes               | must be true or false",
        "training.momentum=1                 | must be at least 0 and below 1",
        "training.microBatches=0             | must be at least 1",
        "training.precision=fp16             | must be one of float32, float16, bfloat16",
        "training.lossScale=0.5              | must be in [1, 2^24]",
        "training.segments=0                 | must be at least 1",
        "training.lora.targets=a,,b          | must be patterns of tensor names",
        "training.lora.whole=a               | must be none where training.lora.targets is",
        "training.lora.rank=0                | must be at least 1",
        "training.annealing.updates=0        | must be at least 1",
        "training.microBatches=3             | must divide learner.minibatch (128)"
      })
  void whatCannotBeIsRefused(String override, String reason) {
    assertThatThrownBy(() -> read(override))
        .isInstanceOf(SettingException.class)
        .hasMessageContaining(override.substring(0, override.indexOf('=')))
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "training.groups=*.norm decay=0; it's frozen",
        "training.lora.targets=*.expand, *.contract",
        "training.nesterov=true"
      })
  void whatIsWrittenReadsBack(String override) {
    Settings settings = read(override);

    String yaml = SettingsWriter.toYaml(settings);

    assertThat(SettingsReader.parse("run", yaml)).isEqualTo(settings);
    assertThat(SettingsWriter.hash(settings)).isNotEqualTo(SettingsWriter.hash(read()));
  }

  @Test
  void aRunRecordedBeforeTheseSettingsHasTheirDefaultsAndKeepsItsHash() {
    String yaml = SettingsWriter.toYaml(read("learner.epochs=3"));
    int from = yaml.indexOf("training:\n");
    int to = yaml.indexOf("guidance:\n");
    String before = yaml.substring(0, from) + yaml.substring(to);

    Settings settings = SettingsReader.parse("run", before);

    assertThat(settings).isEqualTo(read("learner.epochs=3"));
    // What the defaults hashed to before there were training settings.
    assertThat(SettingsWriter.hash(read()))
        .isEqualTo("3a0443cd72d0704d247b3357482843516f28fd5a37c081fcdd01b481abccce91");
  }

  private static Settings read(String... overrides) {
    return SettingsReader.read(Optional.empty(), Optional.empty(), List.of(overrides));
  }
}
