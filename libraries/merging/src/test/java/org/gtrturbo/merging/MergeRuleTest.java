package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules as settings say them: read back as they were, and nothing is taken that is not known. */
class MergeRuleTest {
  static List<MergeRule> rules() {
    return List.of(
        new Ema(0.3),
        new Ema(new Weighting.Fading(0.1, new Weighting.WarmUp(0.75, 2)), Precision.FLOAT64),
        new Sma(),
        new Sma(Precision.FLOAT64),
        new Linear(new Weighting.ByPosition(List.of(1.0, 0.5)), Precision.FLOAT32),
        new Linear(new Weighting.ByVersion(Map.of(10L, 1.0, 9L, 0.25)), Precision.FLOAT64),
        new SlidingWindow(5),
        new Ties(
            new Weighting.Fading(0.5, Weighting.WarmUp.NONE),
            new Trim(0.8, Scope.VECTOR),
            Election.UNWEIGHTED,
            Precision.FLOAT32),
        new Ties(
            new Weighting.Equal(),
            new Trim(0.8, Scope.TENSOR),
            Election.WEIGHTED,
            Precision.FLOAT64),
        new IncrementalTies(
            new Weighting.ByPosition(List.of(2.0)), new Trim(0.5, Scope.TENSOR), Election.WEIGHTED),
        new DareTies(new Weighting.Equal(), 0.5, -3, Election.WEIGHTED, Precision.FLOAT64),
        new Slerp(new Weighting.Equal(), Scope.VECTOR, Slerp.Origin.ZERO),
        new PostHocEma(0.05, 0.2, PostHocEma.Guide.SHORTER, Precision.FLOAT64),
        new Selective(
            new Ema(0.3),
            new TensorPolicy(
                List.of("norm.*", "steps"),
                List.of("vision.*"),
                TensorPolicy.Origin.NEWEST,
                Map.of("head", "embedding"))),
        new Frozen());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void aRuleIsReadBackFromItsSettings(MergeRule rule) {
    assertThat(MergeRule.of(rule.name(), rule.settings())).isEqualTo(rule);
  }

  @Test
  void theRulesOfEarlierRunsSayWhatTheySaid() {
    assertThat(new Ema(0.5).settings()).containsExactly(Map.entry("alpha", "0.5"));
    assertThat(new Sma().settings()).isEmpty();
    assertThat(new Frozen().settings()).isEmpty();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void aSettingThatARuleDoesNotHaveIsRefusedByName(MergeRule rule) {
    var settings = new HashMap<>(rule.settings());
    settings.put("aplha", "0.5");

    assertThatThrownBy(() -> MergeRule.of(rule.name(), settings))
        .hasMessageContaining(rule.name())
        .hasMessageContaining("no setting aplha");
  }

  @Test
  void aValueOutOfItsRangeIsRefused() {
    refused("ema", Map.of("alpha", "0"), "alpha must be above 0");
    refused("ema", Map.of("alpha", "half"), "alpha must be a number, got half");
    refused("ema", Map.of("warmUpGamma", "2"), "without a warmUpPower");
    refused("sma", Map.of("precision", "float16"), "[float32, float64]");
    refused("linear", Map.of(), "needs weights");
    refused("linear", Map.of("weights", "1,0"), "above 0, got 0.0");
    refused("linear", Map.of("weights", "1,2:3"), "all numbers or all version:number");
    refused("linear", Map.of("weights", "2:3,2:4"), "names version 2 twice");
    refused("ties", Map.of("density", "0"), "density must be above 0");
    refused("ties", Map.of("weighting", "mean"), "[sma, ema, linear]");
    refused("ties", Map.of("alpha", "0.5"), "no setting alpha");
    refused("ties", Map.of("trimScope", "layer"), "[tensor, vector]");
    refused("dare-ties", Map.of("seed", "1.5"), "seed must be a whole number");
    refused("dare-ties", Map.of("density", "1.5"), "density must be above 0 and at most 1");
    refused("window", Map.of("length", "0"), "length must be at least 1");
    refused("slerp", Map.of("origin", "mean"), "[base, zero]");
    refused("sma", Map.of("exclude", "a,,b"), "exclude must be names with commas between");
    refused("sma", Map.of("tied", "a"), "tied must be tensor=other");
    refused("sma", Map.of("tied", "a=a"), "tensor a is tied to itself");
    refused("frozen", Map.of("exclude", "a"), "rule frozen has no setting exclude");
    refused("median", Map.of(), "there is no merge rule median; there are [");
  }

  private static void refused(String name, Map<String, String> settings, String reason) {
    assertThatThrownBy(() -> MergeRule.of(name, settings))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
