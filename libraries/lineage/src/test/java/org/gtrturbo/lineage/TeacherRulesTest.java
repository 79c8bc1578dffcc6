package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What settings say of merging is what the rule does. */
class TeacherRulesTest {
  private static final Set<String> TENSORS = Set.of("norm.1", "norm.2", "word.embedding");

  @ParameterizedTest
  @ValueSource(strings = {"ties", "incremental-ties", "dare-ties", "slerp"})
  void whateverWeighsByAnEmaDoesSoByTheSettingsAlpha(String rule) {
    assertThat(own("teacher.alpha=0.2", "teacher.rule=" + rule, weighting("ema")))
        .isEqualTo(MergeRule.of(rule, Map.of("weighting", "ema", "alpha", "0.2")));
  }

  @Test
  void anAlphaOfTheRulesOwnIsTheOneThatCounts() {
    assertThat(own("teacher.alpha=0.2", "teacher.rule=ties", weighting("ema alpha=0.3")))
        .isEqualTo(MergeRule.of("ties", Map.of("weighting", "ema", "alpha", "0.3")));
  }

  @Test
  void tensorsThatAreLeftOutChangeNothingAboutAlpha() {
    assertThat(own("teacher.alpha=0.2", "teacher.rule=ties", weighting("ema exclude=norm.*")))
        .isEqualTo(
            MergeRule.of("ties", Map.of("weighting", "ema", "alpha", "0.2", "exclude", "norm.*")));
  }

  // What is recorded of such a rule is in the hashes of its teachers.
  @ParameterizedTest
  @CsvSource({
    "ema, , '{alpha=0.5}'",
    "ties, weighting=ema, '{alpha=0.5, density=0.8, weighting=ema}'",
    "slerp, weighting=ema, '{alpha=0.5, weighting=ema}'"
  })
  void theUsualAlphaIsWhatARuleHasWhereNoneIsGiven(String rule, String settings, String recorded) {
    Stream<String> more =
        Optional.ofNullable(settings).stream().map("teacher.ruleSettings="::concat);

    assertThat(
            new TreeMap<>(
                    own(Stream.concat(Stream.of("teacher.rule=" + rule), more)
                            .toArray(String[]::new))
                        .settings())
                .toString())
        .isEqualTo(recorded);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sma", "window", "ties", "post-hoc-ema", "frozen"})
  void aRuleThatWeighsOtherwiseIsTheSameWhateverTheAlpha(String rule) {
    assertThat(own("teacher.alpha=0.2", "teacher.rule=" + rule))
        .isEqualTo(MergeRule.of(rule, Map.of()));
  }

  @Test
  void theEmasAlphaHasOnePlace() {
    assertThatThrownBy(() -> own("teacher.ruleSettings=alpha=0.3"))
        .hasMessage("teacher.ruleSettings must not name alpha, which is teacher.alpha");
  }

  @ParameterizedTest
  @CsvSource({
    "teacher.ruleSettings=exclude=norn.*, teacher.ruleSettings, norn.*",
    "teacher.ruleSettings=tied=head=word.embedding, teacher.ruleSettings, head",
    "teacher.shadows=plain sma; other sma frozen=wrod.*, teacher.shadows, wrod.*"
  })
  void tensorsThatThePolicyDoesNotHaveAreRefusedWithThoseItHas(
      String setting, String place, String missing) {
    assertThatThrownBy(() -> TeacherRules.requireTensors(settings(setting), TENSORS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            place
                + " does not fit the policy: the model has no tensor "
                + missing
                + "; it has norm.1, norm.2, word.embedding");
  }

  @Test
  void ofManyTensorsAFewAreNamed() {
    Set<String> many =
        Stream.iterate(10, number -> number + 1)
            .limit(30)
            .map(number -> "tensor." + number)
            .collect(Collectors.toSet());

    assertThatThrownBy(
            () ->
                TeacherRules.requireTensors(settings("teacher.ruleSettings=exclude=norn.*"), many))
        .hasMessageEndingWith("tensor.28, tensor.29 and 10 more");
  }

  @Test
  void tensorsThatThePolicyHasAreNotRefused() {
    TeacherRules.requireTensors(
        settings("teacher.ruleSettings=exclude=norm.*", "teacher.shadows=other sma frozen=word.*"),
        TENSORS);
  }

  private static String weighting(String name) {
    return "teacher.ruleSettings=weighting=" + name;
  }

  private static MergeRule own(String... settings) {
    return TeacherRules.own(settings(settings));
  }

  private static TeacherSettings settings(String... settings) {
    return SettingsReader.read(Optional.empty(), Optional.empty(), List.of(settings)).teacher();
  }
}
