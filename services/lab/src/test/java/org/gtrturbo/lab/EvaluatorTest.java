package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.environments.Environment;
import org.gtrturbo.environments.EnvironmentSpec;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Observation;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.environments.Step;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.VisionLanguageModel;
import org.junit.jupiter.api.Test;

/** A score depends on the seed, the policy and how it is sampled, and on nothing else. */
class EvaluatorTest {
  private static final Settings SETTINGS =
      SettingsReader.read(
          Optional.empty(),
          Optional.of("numberline"),
          List.of("policy.width=16", "policy.heads=2", "policy.layers=1", "policy.feedForward=16"));
  private static final PolicySpec SPEC = PolicySpecs.of(environment().spec(), SETTINGS.policy());
  private static final Parameters WEIGHTS = VisionLanguageModel.initialise(SPEC, 5);

  @Test
  void theScoreIsTheSameEachTimeAndForAnyNumberOfThreads() {
    try (var one = Evaluator.of(SETTINGS, SPEC, 1);
        var two = Evaluator.of(SETTINGS, SPEC, 2)) {
      Score first = one.evaluate(WEIGHTS, Sampling.at(1), 150);

      assertThat(first.episodes()).isEqualTo(150);
      assertThat(one.evaluate(WEIGHTS, Sampling.at(1), 150)).isEqualTo(first);
      assertThat(two.evaluate(WEIGHTS, Sampling.at(1), 150)).isEqualTo(first);
    }
  }

  @Test
  void anotherSeedIsAnotherScore() {
    try (var here = evaluator(1);
        var there = evaluator(2)) {
      assertThat(here.evaluate(WEIGHTS, Sampling.at(1), 64))
          .isNotEqualTo(there.evaluate(WEIGHTS, Sampling.at(1), 64));
    }
  }

  @Test
  void everyPolicyMeetsTheSameHands() {
    assertThat(seedsMet(WEIGHTS, Sampling.at(1)))
        .hasSize(70)
        .isEqualTo(seedsMet(VisionLanguageModel.initialise(SPEC, 6), Sampling.GREEDY));
  }

  @Test
  void noEpisodeIsNoEvaluation() {
    try (var evaluator = evaluator(1)) {
      assertThatThrownBy(() -> evaluator.evaluate(WEIGHTS, Sampling.GREEDY, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("needs an episode");
    }
  }

  private static Evaluator evaluator(long seed) {
    return new Evaluator(SPEC, EvaluatorTest::environment, seed, 1);
  }

  private static Environment environment() {
    return Environments.named("numberline", Rendering.SMALL, 0);
  }

  private static Set<Long> seedsMet(Parameters weights, Sampling sampling) {
    Set<Long> met = ConcurrentHashMap.newKeySet();
    try (var evaluator = new Evaluator(SPEC, () -> new Recorded(environment(), met), 3, 1)) {
      evaluator.evaluate(weights, sampling, 70);
    }
    return met;
  }

  /** An environment that tells which seeds it is reset with. */
  private record Recorded(Environment inner, Set<Long> seeds) implements Environment {
    @Override
    public EnvironmentSpec spec() {
      return inner.spec();
    }

    @Override
    public Observation reset(long seed) {
      seeds.add(seed);
      return inner.reset(seed);
    }

    @Override
    public Step step(String text) {
      return inner.step(text);
    }
  }
}
