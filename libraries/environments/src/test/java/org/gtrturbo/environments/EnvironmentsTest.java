package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What holds for every environment: names, reproducibility, episodes, limits, random actions,
 * success.
 */
class EnvironmentsTest {

  @Test
  void anUnknownNameIsRefusedAndTheKnownOnesNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Environments.named("chess", Rendering.SMALL, 0))
        .withMessage(
            "environment 'chess' is unknown; known are numberline, ezpoints, threecards, points24");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.5, Double.NaN})
  void noiseOutOfRangeIsRefused(double noise) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Environments.named("ezpoints", Rendering.SMALL, noise))
        .withMessage("image noise must be in [0, 1], got " + noise);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("environments")
  void theSameSeedAndTextsGiveTheSameEpisodeWhateverWasPlayedBefore(
      String name, Rendering rendering) {
    var fresh = Environments.named(name, rendering, 0.15);
    var used = Environments.named(name, rendering, 0.15);
    transcript(used, 4);
    used.reset(5);
    used.step("no action in here");

    assertThat(transcript(used, 3)).isEqualTo(transcript(fresh, 3));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("environments")
  void otherSeedsGiveOtherEpisodes(String name, Rendering rendering) {
    var environment = Environments.named(name, rendering, 0);
    assertThat(
            LongStream.range(0, 20)
                .mapToObj(seed -> Arrays.hashCode(environment.reset(seed).picture().pixels()))
                .distinct()
                .count())
        .isGreaterThan(6);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("environments")
  void everyEpisodeKeepsToTheLimitsOfItsSpec(String name, Rendering rendering) {
    var environment = Environments.named(name, rendering, 0);
    var spec = environment.spec();
    int longest = 0;
    for (long seed = 0; seed < 40; seed++) {
      var random = new SplittableRandom(seed);
      assertKeepsToSpec(environment.reset(seed), spec);
      Step step;
      int turns = 0;
      do {
        // Rarely "=", so that some episodes become as long as they can.
        var action = spec.actions().get(random.nextInt(spec.actions().size()));
        step =
            environment.step(
                "<act> " + (random.nextInt(5) > 0 ? action.replace('=', '+') : action));
        assertKeepsToSpec(step.observation(), spec);
        turns++;
      } while (!step.last());
      assertThat(step.terminated()).isNotEqualTo(step.truncated());
      assertThat(step.observation().legalActions()).isEmpty();
      longest = Math.max(longest, turns);
    }
    assertThat(longest).isEqualTo(spec.maxTurns());
  }

  private static void assertKeepsToSpec(Observation observation, EnvironmentSpec spec) {
    var shape = spec.picture();
    var picture = observation.picture();
    assertThat(List.of(picture.width(), picture.height(), picture.channels()))
        .containsExactly(shape.width(), shape.height(), shape.channels());
    assertThat(picture.pixels()).hasSize(shape.bytes());
    assertThat(spec.actions()).containsAll(observation.legalActions());
    var words = observation.prompt().strip().split("\\s+");
    assertThat(words).hasSizeLessThanOrEqualTo(spec.texts().maxPromptWords());
    if (!spec.texts().words().isEmpty()) {
      assertThat(spec.texts().words()).contains(words).containsAll(spec.actions());
    }
  }

  @ParameterizedTest
  @EnumSource(Rendering.class)
  void picturesHaveTheSizeThatTheirRenderingPromises(Rendering rendering) {
    var shapes =
        Environments.names().stream()
            .map(name -> Environments.named(name, rendering, 0).spec().picture())
            .map(shape -> shape.width() + " x " + shape.height() + " x " + shape.channels());
    switch (rendering) {
      case SMALL ->
          assertThat(shapes)
              .containsExactly("32 x 16 x 1", "32 x 32 x 1", "48 x 40 x 1", "64 x 40 x 1");
      case PAPER -> assertThat(shapes).hasSize(4).containsOnly("300 x 300 x 3");
    }
  }

  @Test
  void allEnvironmentsShareOneVocabularyThatBeginsWithPadding() {
    var vocabularies =
        Environments.names().stream()
            .map(name -> Environments.named(name, Rendering.SMALL, 0).spec().texts().words())
            .distinct()
            .toList();
    assertThat(vocabularies).hasSize(1);
    assertThat(vocabularies.getFirst()).startsWith("<pad>").doesNotHaveDuplicates().hasSize(40);
  }

  @Test
  void aTextWithoutAnActionPlaysEachActionAboutEquallyOften() {
    var environment = Environments.named("ezpoints", Rendering.SMALL, 0);
    List<String> played = new ArrayList<>();
    for (long seed = 0; seed < 2600; seed++) {
      environment.reset(seed);
      var info = environment.step("cards 3 4 sofar rest 3 .").info();
      assertThat(info.formatted()).isFalse();
      played.add(info.action());
    }
    for (var action : environment.spec().actions()) {
      assertThat(played.stream().filter(action::equals)).as(action).hasSizeBetween(140, 260);
    }
  }

  @Test
  void aTurnTellsWhatWasMadeOfTheAnswer() {
    var environment = Environments.named("numberline", Rendering.SMALL, 0);
    var seed = seedOf(environment, List.of("+"));
    environment.reset(seed);

    var info = environment.step("cards 3 <act> -").info();

    assertThat(info)
        .isEqualTo(new StepInfo("-", true, false, Optional.of(false), Optional.empty()));
  }

  @Test
  void successIsToldOnTheLastTurnAndMeansThatRewardsAddUpToMoreThanNothing() {
    var environment = Environments.named("numberline", Rendering.SMALL, 0);
    // At 0: the only legal move is up, and the target lies that way.
    long seed = seedOf(environment, List.of("+"));

    assertThat(successes(environment, seed, "<act> +", 0)).endsWith(Optional.of(true));
    // One move against the end costs what the target pays.
    assertThat(successes(environment, seed, "<act> +", 1)).endsWith(Optional.of(false));
    assertThat(successes(environment, seed, "<act> -", 0))
        .hasSize(10)
        .endsWith(Optional.of(false))
        .startsWith(Optional.empty(), Optional.empty());
  }

  @Test
  void aStepWithoutAnEpisodeIsRefused() {
    var environment = Environments.named("ezpoints", Rendering.SMALL, 0);
    assertThatIllegalStateException()
        .isThrownBy(() -> environment.step("<act> 3"))
        .withMessage("ezpoints has no episode in play; reset it before the next step");
    environment.reset(1);
    environment.step("<act> =");
    assertThatIllegalStateException().isThrownBy(() -> environment.step("<act> 3"));
    environment.reset(2);
    assertThat(environment.step("<act> +").last()).isFalse();
  }

  @Test
  void noiseIsDrawnAfreshForEveryObservation() {
    var environment = Environments.named("ezpoints", Rendering.SMALL, 0.15);
    byte[] first = environment.reset(1).picture().pixels().clone();
    // 1 is never dealt, and a refused number changes nothing in the picture.
    byte[] second = environment.step("<act> 1").observation().picture().pixels();
    assertThat(differing(first, second)).isGreaterThan(first.length / 2);
  }

  private static long differing(byte[] left, byte[] right) {
    return IntStream.range(0, left.length).filter(i -> left[i] != right[i]).count();
  }

  private static long seedOf(Environment environment, List<String> legalActions) {
    return LongStream.range(0, 1000)
        .filter(seed -> environment.reset(seed).legalActions().equals(legalActions))
        .findFirst()
        .orElseThrow();
  }

  private static List<Optional<Boolean>> successes(
      Environment environment, long seed, String text, int mistakesFirst) {
    environment.reset(seed);
    List<Optional<Boolean>> successes = new ArrayList<>();
    Step step;
    do {
      step = environment.step(successes.size() < mistakesFirst ? "<act> -" : text);
      successes.add(step.info().success());
    } while (!step.last());
    return successes;
  }

  /** Everything that one episode shows, under answers of which every third has no action. */
  private static List<Object> transcript(Environment environment, long seed) {
    List<Object> shown = new ArrayList<>();
    var observation = environment.reset(seed);
    shown.addAll(told(observation));
    Step step;
    int turn = 0;
    do {
      step =
          environment.step(
              turn++ % 3 == 0 ? "hm" : "<act> " + observation.legalActions().getFirst());
      observation = step.observation();
      shown.addAll(told(observation));
      shown.add(
          step.reward() + " " + step.terminated() + " " + step.truncated() + " " + step.info());
    } while (!step.last());
    return shown;
  }

  private static List<Object> told(Observation observation) {
    return List.of(
        observation.prompt(),
        observation.legalActions(),
        ByteBuffer.wrap(observation.picture().pixels().clone()));
  }

  static Stream<Arguments> environments() {
    return Environments.names().stream()
        .flatMap(
            name -> Stream.of(Rendering.values()).map(rendering -> Arguments.of(name, rendering)));
  }
}
