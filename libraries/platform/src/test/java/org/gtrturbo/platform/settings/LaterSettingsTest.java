package org.gtrturbo.platform.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that were recorded before a setting came stay what they were. */
class LaterSettingsTest {

  /** As they were when there were no later settings. */
  @ParameterizedTest
  @CsvSource({
    "threecards, 3a0443cd72d0704d247b3357482843516f28fd5a37c081fcdd01b481abccce91",
    "ezpoints, 042890130e411abfed80e28adc27b7f385aaa54a058e38d2c4eec5d80144890c",
    "numberline, 2b2f8c2dd8bae67926e9283db5c9accf47be565497d6b2475a28f48f10e66868"
  })
  void theHashesOfTheDefaultsAreThoseOfTheFirstRuns(String environment, String hash) {
    assertThat(
            SettingsWriter.hash(
                SettingsReader.read(Optional.empty(), Optional.of(environment), List.of())))
        .isEqualTo(hash);
  }

  @Test
  void settingsThatWereWrittenDownBeforeAreReadAsIfNothingHadBeenAdded() {
    Settings now = SettingsReader.read(Optional.empty(), Optional.empty(), List.of());
    String before =
        Arrays.stream(SettingsWriter.toYaml(now).split("\n"))
            .filter(
                line ->
                    !line.matches(
                        "(device:|"
                            + " +(learner|actor|index|memoryLimitMebibytes|matrixProducts|fallback):).*|"
                            + " +(offPolicy|proximal|importanceCap|ratioLimit|advantages|rhoBar|cBar"
                            + "|estimator|upper|thoughts|bufferTurns):.*"))
            .filter(line -> !line.equals("    temperature: 1.0"))
            .collect(Collectors.joining("\n"));

    assertThat(before).doesNotContain("proximal").contains("  temperature: 1.0");
    assertThat(SettingsReader.parse("before", before)).isEqualTo(now);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "learner.offPolicy.proximal=start-of-update",
        "learner.offPolicy.ratioLimit=10",
        "learner.offPolicy.advantages=v-trace",
        "guidance.estimator=k3",
        "guidance.thoughts.bufferTurns=100"
      })
  void aLaterSettingThatChangesWhatIsTrainedChangesTheHash(String override) {
    Settings now = SettingsReader.read(Optional.empty(), Optional.empty(), List.of());
    Settings changed = SettingsReader.read(Optional.empty(), Optional.empty(), List.of(override));

    assertThat(SettingsWriter.hash(changed)).isNotEqualTo(SettingsWriter.hash(now));
    assertThat(SettingsWriter.differences(now, changed))
        .singleElement()
        .returns(true, SettingsWriter.Difference::trained);
  }
}
