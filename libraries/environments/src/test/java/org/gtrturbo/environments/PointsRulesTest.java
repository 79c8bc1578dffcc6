package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which hands are dealt, which actions there are, how long a game can be. */
class PointsRulesTest {

  @Test
  void ezPointsDealsSevenPairsOfValuesAndEachCanBeSolved() {
    var hands = hands(PointsRules.EZPOINTS, 4000);

    assertThat(hands.stream().map(PointsRulesTest::sortedValues).distinct())
        .containsExactlyInAnyOrder(
            List.of(2, 10),
            List.of(3, 9),
            List.of(4, 8),
            List.of(5, 7),
            List.of(6, 6),
            List.of(2, 6),
            List.of(3, 4));
    assertThat(hands)
        .allSatisfy(
            hand -> assertThat(PointsRules.EZPOINTS.solutions(sortedValues(hand))).isNotEmpty());
    assertThat(hands.stream().flatMap(List::stream).map(Card::rank).distinct())
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(2, 13).boxed().toList());
    assertThat(hands.stream().filter(hand -> hand.getFirst().value() > hand.getLast().value()))
        .as("either order")
        .hasSizeBetween(1500, 2500);
  }

  @Test
  void threeCardsDealsEveryHandThatCanBeSolvedAndNoOther() {
    var hands = hands(PointsRules.THREECARDS, 6000);

    assertThat(hands.stream().map(hand -> hand.stream().map(Card::rank).toList()).distinct())
        .hasSize(122);
    assertThat(hands)
        .allSatisfy(
            hand -> assertThat(PointsRules.THREECARDS.solutions(sortedValues(hand))).isNotEmpty());
  }

  @Test
  void points24DealsAllRanksAndAboutAQuarterOfTheHandsCannotBeSolved() {
    var hands = hands(PointsRules.POINTS24, 1000);

    assertThat(hands.stream().flatMap(List::stream).distinct()).hasSize(52);
    assertThat(
            hands.stream()
                .filter(hand -> PointsRules.POINTS24.solutions(sortedValues(hand)).isEmpty()))
        .hasSizeBetween(214, 314);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "ezpoints,   7, 1 2 3 4 5 6 7 8 9 10 + * =",
    "threecards, 14, 1 2 3 4 5 6 7 8 9 10 + - * / ( ) =",
    "points24,   22, 1 2 3 4 5 6 7 8 9 10 + - * / ( ) =",
  })
  void actionsAndTurnsAreThoseOfTheRules(String name, int maxTurns, String actions) {
    var spec = Environments.named(name, Rendering.SMALL, 0).spec();
    assertThat(spec.actions()).containsExactlyElementsOf(Entries.of(actions));
    assertThat(spec.maxTurns()).isEqualTo(maxTurns);
  }

  private static List<List<Card>> hands(PointsRules rules, int count) {
    var random = new SplittableRandom(7);
    return Stream.generate(() -> rules.hand(random)).limit(count).toList();
  }

  private static List<Integer> sortedValues(List<Card> hand) {
    return hand.stream().map(Card::value).sorted().toList();
  }
}
