package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How demonstrators think, err and succeed. Ranges are those of an independent implementation,
 * within 4 points.
 */
class DemonstrationsTest {

  private static final DemonstratorNoise USUAL = new DemonstratorNoise(0.05, 0.3, 0.05);

  @ParameterizedTest
  @ValueSource(strings = {"numberline", "ezpoints", "threecards"})
  void withoutErrorsEveryEpisodeSucceedsAndEveryThoughtIsRight(String name) {
    var demonstrations = Demonstrations.collect(name, DemonstratorNoise.NONE, 2000, 1);

    assertThat(demonstrations.turns()).hasSize(2000);
    assertThat(demonstrations.successRate()).isEqualTo(1);
    assertThat(demonstrations.turns())
        .allSatisfy(turn -> assertThat(actionOf(turn.text())).isEqualTo(plannedBy(turn.text())))
        .allSatisfy(
            turn -> assertThat(turn.observation().legalActions()).contains(actionOf(turn.text())));
  }

  @ParameterizedTest(name = "{0} with {1}, {2}, {3}")
  @CsvSource({
    "ezpoints,   0.05, 0.3, 0.05, 0.73, 0.81",
    "ezpoints,   0.1,  0.3, 0.1,  0.64, 0.73",
    "threecards, 0.05, 0.3, 0.05, 0.50, 0.58",
    "threecards, 0.1,  0.3, 0.1,  0.36, 0.45",
    "threecards, 0.15, 0.4, 0.15, 0.22, 0.30",
    "threecards, 0.1,  0,   0,    1,    1",
    "threecards, 0,    0.3, 0,    0.67, 0.75",
    "threecards, 0,    0,   0.1,  0.52, 0.60",
    "points24,   0,    0,   0,    0.68, 0.78",
  })
  void errorsCostAsMuchSuccessAsTheyShould(
      String name,
      double misreadCard,
      double wrongPlan,
      double randomAction,
      double least,
      double most) {
    var noise = new DemonstratorNoise(misreadCard, wrongPlan, randomAction);
    assertThat(Demonstrations.collect(name, noise, 12_000, 5).successRate()).isBetween(least, most);
  }

  @ParameterizedTest
  @ValueSource(strings = {"numberline", "ezpoints", "threecards", "points24"})
  void textsKeepToTheVocabularyAndTheLengthOfTheSpec(String name) {
    var texts = Environments.named(name, Rendering.SMALL, 0).spec().texts();
    var noise = new DemonstratorNoise(0.3, 0.5, 0.3);
    for (var turn : Demonstrations.collect(name, noise, 3000, 2).turns()) {
      var words = turn.text().split(" ", -1);
      assertThat(texts.words()).contains(words);
      assertThat(words).hasSizeLessThanOrEqualTo(texts.maxGeneratedWords());
    }
  }

  @Test
  void aThoughtNamesCardsThenTheFormulaThenTheRestOfThePlan() {
    var grammar =
        Pattern.compile("cards( \\d+){3} sofar( \\S+){0,4} rest( [^ a-z]+){1,8} \\. <act> \\S+");
    var turns = Demonstrations.collect("threecards", USUAL, 4000, 3).turns();

    assertThat(turns).allSatisfy(turn -> assertThat(turn.text()).matches(grammar));
    for (var turn : turns) {
      var formula = words(turn.observation().prompt(), "task ", " \\.");
      assertThat(words(turn.text(), "sofar ", "rest"))
          .containsExactlyElementsOf(
              formula.subList(Math.max(0, formula.size() - 4), formula.size()));
    }
  }

  @Test
  void cardsAreMisreadAsOftenAsAskedAndTheyAreReadFromThePicture() {
    var noise = new DemonstratorNoise(0.2, 0, 0);
    var turns = Demonstrations.collect("numberline", noise, 6000, 4).turns();
    // Two numbers, each replaced with probability 0.2 by one of six: 1 - (1 - 0.2 * 5 / 6)^2.
    long wrong =
        turns.stream()
            .filter(
                turn ->
                    !Arrays.equals(turn.observation().picture().pixels(), pictureOf(turn.text())))
            .count();
    assertThat(wrong / 6000.0).isBetween(0.285, 0.325);
  }

  @Test
  void randomActionsContradictTheThoughtAsOftenAsAsked() {
    var noise = new DemonstratorNoise(0, 0, 0.2);
    var turns = Demonstrations.collect("threecards", noise, 6000, 4).turns();
    long contradicting =
        turns.stream()
            .filter(turn -> !actionOf(turn.text()).equals(plannedBy(turn.text())))
            .count();
    // One random action in seventeen agrees by chance.
    assertThat(contradicting / 6000.0).isBetween(0.168, 0.208);
  }

  @Test
  void shorterSolutionsAreShownMoreOften() {
    var turns = Demonstrations.collect("ezpoints", DemonstratorNoise.NONE, 8000, 6).turns();
    long first = turns.stream().filter(turn -> turn.text().contains("rest 3 * 4 =")).count();
    long second = turns.stream().filter(turn -> turn.text().contains("rest 4 * 3 =")).count();
    // The first of two solutions is skipped with probability exp(-1 / 1.5) = 0.51.
    assertThat((double) second / (first + second)).isBetween(0.45, 0.57);
  }

  @Test
  void theSameSeedGivesTheSameDemonstrationsAndAnotherGivesOthers() {
    var once = Demonstrations.collect("threecards", USUAL, 500, 9);
    var again = Demonstrations.collect("threecards", USUAL, 500, 9);
    var other = Demonstrations.collect("threecards", USUAL, 500, 10);

    assertThat(texts(again)).isEqualTo(texts(once)).isNotEqualTo(texts(other));
    assertThat(again.turns().get(99).observation().picture().pixels())
        .isEqualTo(once.turns().get(99).observation().picture().pixels());
  }

  @Test
  void aProbabilityOutOfRangeIsRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DemonstratorNoise(0, 1.2, 0))
        .withMessage("wrongPlan must be in [0, 1], got 1.2");
  }

  private static List<String> texts(Demonstrations demonstrations) {
    return demonstrations.turns().stream().map(Demonstration::text).toList();
  }

  private static String actionOf(String text) {
    return text.substring(text.indexOf("<act> ") + 6);
  }

  /** The first entry behind {@code rest}. */
  private static String plannedBy(String text) {
    return text.split(" rest ", -1)[1].split(" ", -1)[0];
  }

  private static byte[] pictureOf(String text) {
    var words = text.split(" ", -1);
    return SmallDrawing.numberLine(Integer.parseInt(words[3]), Integer.parseInt(words[1]));
  }

  private static List<String> words(String text, String after, String before) {
    var between = text.split(after, -1)[1].split(before, -1)[0].strip();
    return Entries.of(between.equals(".") ? "" : between);
  }
}
