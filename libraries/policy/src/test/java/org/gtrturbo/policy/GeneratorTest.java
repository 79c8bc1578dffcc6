package org.gtrturbo.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is generated token by token with a cache is what one pass over the whole text says. */
final class GeneratorTest {
  private static final int SIZE = 40;

  private final PolicySpec spec = SmallPolicy.spec();
  private final Generator generator = new Generator(spec, 1);
  private final Scorer scorer = new Scorer(spec, 1);

  @AfterEach
  void close() {
    generator.close();
    scorer.close();
  }

  @ParameterizedTest(name = "seed {0}, temperature {1}")
  @org.junit.jupiter.params.provider.CsvSource({"1, 1", "2, 1", "3, 0.5", "4, 1.7"})
  void generatedLogProbabilitiesAreThoseOfThePassOverTheWholeText(long seed, double temperature) {
    SplittableRandom random = new SplittableRandom(seed);
    Parameters parameters = SmallPolicy.parameters(spec, seed);
    ObservationBatch observations = SmallPolicy.observations(spec, SIZE, random);
    Generation written =
        generator.generate(
            parameters,
            observations,
            Sampling.at(temperature),
            SmallPolicy.draws(spec, SIZE, random));
    int[] places = Arrays.stream(written.tokens()).mapToInt(tokens -> tokens.length).toArray();
    TokenScores scores =
        scorer.score(parameters, observations, written.tokens(), places, 0, temperature);

    for (int row = 0; row < SIZE; row++) {
      assertThat(scores.logProbs()[row]).hasSameSizeAs(written.logProbs()[row]);
      for (int place = 0; place < places[row]; place++) {
        assertThat(written.logProbs()[row][place])
            .isCloseTo(scores.logProbs()[row][place], Offset.offset(2e-5f));
        assertThat(written.entropies()[row][place])
            .isCloseTo(entropy(scores, row, place), Offset.offset(1e-4f));
      }
    }
  }

  private float entropy(TokenScores scores, int row, int place) {
    double sum = 0;
    for (int word = 0; word < spec.vocabularySize(); word++) {
      double logProb = scores.topLogProbs()[row][place * spec.vocabularySize() + word];
      sum -= Math.exp(logProb) * logProb;
    }
    return (float) sum;
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3})
  void aTurnEndsOneTokenAfterItsMarkerOrAtTheLimit(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Generation written =
        generator.generate(
            SmallPolicy.parameters(spec, seed),
            SmallPolicy.observations(spec, SIZE, random),
            Sampling.at(1),
            SmallPolicy.draws(spec, SIZE, random));

    int marked = 0;
    for (int[] tokens : written.tokens()) {
      int marker = new Vocabulary(spec.text().words()).thoughtLength(tokens);
      int limit = spec.text().generatedTokens();
      assertThat(tokens.length).isEqualTo(Math.min(marker + 2, limit));
      marked += marker + 2 <= limit ? 1 : 0;
    }
    assertThat(marked).as("turns with a marker, of " + SIZE).isBetween(1, SIZE - 1);
  }

  @Test
  void drawsOfAnObservationDecideItsTurnWhateverStandsBesideIt() {
    SplittableRandom random = new SplittableRandom(7);
    Parameters parameters = SmallPolicy.parameters(spec, 7);
    byte[] picture = SmallPolicy.picture(spec, random);
    int[] prompt = SmallPolicy.words(spec, spec.text().promptTokens(), random);
    float[] draws = SmallPolicy.draws(spec, 3, random);
    ObservationBatch three = new ObservationBatch(spec, 3);
    three.add(SmallPolicy.picture(spec, random), prompt);
    three.add(picture, prompt);
    three.add(SmallPolicy.picture(spec, random), prompt);
    ObservationBatch alone = new ObservationBatch(spec, 1);
    alone.add(picture, prompt);

    int most = spec.text().generatedTokens();
    int[] among = generator.generate(parameters, three, Sampling.at(1), draws).tokens()[1];
    float[] own = Arrays.copyOfRange(draws, most, 2 * most);
    assertThat(generator.generate(parameters, alone, Sampling.at(1), own).tokens()[0])
        .isEqualTo(among);
  }

  @Test
  void greedyTakesTheLikeliestTokenWhateverTheDraws() {
    SplittableRandom random = new SplittableRandom(8);
    Parameters parameters = SmallPolicy.parameters(spec, 8);
    ObservationBatch observations = SmallPolicy.observations(spec, SIZE, random);
    Generation written =
        generator.generate(
            parameters, observations, Sampling.GREEDY, SmallPolicy.draws(spec, SIZE, random));
    int[] places = Arrays.stream(written.tokens()).mapToInt(tokens -> tokens.length).toArray();
    TokenScores likeliest = scorer.score(parameters, observations, written.tokens(), places, 1, 1);

    for (int row = 0; row < SIZE; row++) {
      for (int place = 0; place < places[row]; place++) {
        assertThat(likeliest.topTokens()[row][place]).isEqualTo(written.tokens()[row][place]);
      }
    }
  }

  @Test
  void sampledTokensFollowTheirDistribution() {
    SplittableRandom random = new SplittableRandom(9);
    Parameters parameters = SmallPolicy.parameters(spec, 9);
    byte[] picture = SmallPolicy.picture(spec, random);
    int[] prompt = SmallPolicy.words(spec, spec.text().promptTokens(), random);
    int size = 4000;
    ObservationBatch observations = new ObservationBatch(spec, size);
    for (int row = 0; row < size; row++) {
      observations.add(picture, prompt);
    }
    Generation written =
        generator.generate(
            parameters, observations, Sampling.at(1), SmallPolicy.draws(spec, size, random));
    int[] counts = new int[spec.vocabularySize()];
    Arrays.stream(written.tokens()).forEach(tokens -> counts[tokens[0]]++);
    ObservationBatch one = new ObservationBatch(spec, 1);
    one.add(picture, prompt);
    float[] logProbs =
        scorer.score(parameters, one, new int[][] {{2, 2}}, new int[] {1}, 0, 1).topLogProbs()[0];

    for (int word = 0; word < counts.length; word++) {
      double probability = Math.exp(logProbs[word]);
      double deviation = Math.sqrt(probability * (1 - probability) / size);
      assertThat((double) counts[word] / size)
          .as("word %d", word)
          .isCloseTo(probability, Offset.offset(4.5 * deviation + 1e-3));
    }
  }

  @Test
  void tooFewDrawsAreRefused() {
    ObservationBatch observations = SmallPolicy.observations(spec, 2, new SplittableRandom(1));
    Parameters parameters = SmallPolicy.parameters(spec, 1);

    assertThatThrownBy(
            () -> generator.generate(parameters, observations, Sampling.at(1), new float[15]))
        .hasMessage("2 observations need 16 draws, got 15");
  }
}
