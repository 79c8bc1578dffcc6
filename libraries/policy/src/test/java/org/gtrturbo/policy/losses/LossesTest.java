package org.gtrturbo.policy.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.gtrturbo.policy.losses.SmallBatch.Loss;
import org.gtrturbo.policy.losses.Surrogate.Decoupling;
import org.gtrturbo.policy.losses.Surrogate.Ratio;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every loss and its gradient are what PyTorch computes from the formula (golden.json, made by
 * src/test/python/losses.py), and what loops over the formula in {@link PlainLosses} give, on the
 * golden batch and on random ones.
 */
final class LossesTest {
  private static final double NONE = Double.POSITIVE_INFINITY;
  private static final double EXACT = 1e-9;
  private static final JsonNode GOLDEN = SmallBatch.goldenFile();
  private static final SmallBatch BATCH = SmallBatch.golden(GOLDEN);

  static Stream<String> names() {
    return GOLDEN.get("cases").propertyStream().map(Map.Entry::getKey);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void lossAndGradientEqualPyTorchs(String name) {
    JsonNode expected = GOLDEN.get("cases").get(name);

    var result = BATCH.run(cases(BATCH).get(name));

    assertThat(result.loss()).isCloseTo(expected.get("loss").asDouble(), within(EXACT));
    assertThat(result.logits())
        .containsExactly(SmallBatch.doubles(expected.get("logits")), within(EXACT));
    assertThat(result.value())
        .containsExactly(SmallBatch.doubles(expected.get("value")), within(EXACT));
  }

  static Stream<Long> seeds() {
    return Stream.of(1L, 2L, 3L);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void lossesEqualLoopsOverTheirFormulas(long seed) {
    SmallBatch batch = RandomBatches.batch(seed);
    Map<String, Loss> losses = cases(batch);
    Map<String, Double> plain = new PlainLosses(batch).all();

    assertThat(plain.keySet()).isEqualTo(losses.keySet());
    losses.forEach(
        (name, loss) ->
            assertThat(batch.run(loss).loss()).as(name).isCloseTo(plain.get(name), within(EXACT)));
  }

  /** By the names that the Python script has for them. */
  private static Map<String, Loss> cases(SmallBatch batch) {
    Map<String, Loss> cases = new LinkedHashMap<>();
    cases.put("token", ppo(batch, Ratio.TOKEN, NONE, Optional.empty()));
    cases.put("step", ppo(batch, Ratio.STEP, NONE, Optional.empty()));
    cases.put("token-limited", ppo(batch, Ratio.TOKEN, 2, Optional.empty()));
    cases.put("step-limited", ppo(batch, Ratio.STEP, 2, Optional.empty()));
    cases.put("token-decoupled", ppo(batch, Ratio.TOKEN, NONE, Optional.of(NONE)));
    cases.put("step-decoupled", ppo(batch, Ratio.STEP, NONE, Optional.of(NONE)));
    cases.put("token-decoupled-capped", ppo(batch, Ratio.TOKEN, NONE, Optional.of(1.1)));
    cases.put(
        "token-penalty-clip",
        batch.surrogate(plain(Ratio.TOKEN), Estimator.Clip.unbounded(), false));
    cases.put("turn-penalty-k3", batch.surrogate(plain(Ratio.TOKEN), new Estimator.K3(), true));
    cases.put(
        "step-penalty-reverse-kl",
        batch.surrogate(plain(Ratio.STEP), new Estimator.ReverseKl(batch.words()), true));
    cases.put("value", value(Optional.empty()));
    cases.put("value-clipped", value(Optional.of(0.1)));
    cases.put(
        "entropy",
        (op, in) ->
            TokenLosses.weightedMean(
                op,
                TokenLosses.entropy(op, in.get("distributions")),
                op.add(in.get("thought"), in.get("action"))));
    cases.put(
        "thoughts",
        (op, in) ->
            TokenLosses.crossEntropy(op, in.get("logits"), in.get("tokens"), in.get("thought")));
    estimators(batch).forEach((name, each) -> cases.put("estimate-" + name, batch.estimate(each)));
    return cases;
  }

  static Map<String, Estimator> estimators(SmallBatch batch) {
    Map<String, Estimator> estimators = new LinkedHashMap<>();
    estimators.put("k1", new Estimator.K1());
    estimators.put("clip", Estimator.Clip.unbounded());
    estimators.put("clip-upper", new Estimator.Clip(0.7));
    estimators.put("abs", new Estimator.Abs());
    estimators.put("k3", new Estimator.K3());
    estimators.put("reverse-kl", new Estimator.ReverseKl(batch.words()));
    estimators.put("forward-kl", new Estimator.ForwardKl(batch.words()));
    estimators.put("reverse-kl-top", new Estimator.ReverseKl(batch.few()));
    estimators.put("forward-kl-top", new Estimator.ForwardKl(batch.few()));
    return estimators;
  }

  private static Loss ppo(SmallBatch batch, Ratio ratio, double limit, Optional<Double> cap) {
    return batch.surrogate(
        new Surrogate(ratio, SmallBatch.CLIP, SmallBatch.LAMBDA, limit, cap.map(Decoupling::new)),
        null,
        false);
  }

  static Surrogate plain(Ratio ratio) {
    return Surrogate.plain(ratio, SmallBatch.CLIP, SmallBatch.LAMBDA);
  }

  private static Loss value(Optional<Double> clip) {
    return (op, in) ->
        new ValueLoss(clip)
            .loss(op, in.get("value"), in.get("valueTarget"), Optional.of(in.get("valueBefore")));
  }
}
