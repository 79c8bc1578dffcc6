package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Which hands can be solved, and by which formulas; the counts were found independently beforehand.
 */
class SolutionsTest {

  private static final List<String> ARITHMETIC = List.of("+", "-", "*", "/");

  @ParameterizedTest(name = "{0} numbers up to {1} make {2}")
  @CsvSource({
    "4, 10, 24, 715, 566, 12191",
    "3, 10, 12, 220,  87, 404",
    "3, 10, 24, 220,  59, 208",
    "3,  6, 12,  56,  29, 126",
  })
  void soManyMultisetsCanBeSolved(
      int numbers, int highest, int target, int multisets, int solvable, int formulas) {
    var hands = multisets(numbers, highest);
    var solutions = hands.stream().map(hand -> Solutions.of(hand, target, ARITHMETIC)).toList();
    assertThat(hands).hasSize(multisets);
    assertThat(solutions.stream().filter(found -> !found.isEmpty())).hasSize(solvable);
    assertThat(solutions.stream().mapToInt(List::size).sum()).isEqualTo(formulas);
  }

  @Test
  void hundredAndTwentyTwoOfTheOrderedHandsOfThreeCardsCanBeSolved() {
    long solvable =
        IntStream.range(0, 216)
            .mapToObj(i -> List.of(1 + i / 36, 1 + i / 6 % 6, 1 + i % 6))
            .filter(hand -> !PointsRules.THREECARDS.solutions(hand).isEmpty())
            .count();
    assertThat(solvable).isEqualTo(122);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "6 3 4 | ( 6 - 3 ) * 4; 4 * ( 6 - 3 )",
        "1 3 4 | 1 * 3 * 4; 1 * 4 * 3; 3 * 1 * 4; 3 * 4 * 1; 3 * 4 / 1; 3 / 1 * 4; 4 * 1 * 3; 4 * 3"
            + " * 1; 4 * 3 / 1; 4 / 1 * 3; 3 / ( 1 / 4 ); 4 / ( 1 / 3 )",
        "1 1 1 |",
      })
  void solutionsComeShortestFirstThenInLexicographicOrder(String hand, String formulas) {
    var expected =
        Stream.ofNullable(formulas).flatMap(all -> Stream.of(all.split("; ", -1))).toList();
    assertThat(
            Solutions.of(Entries.values(hand), 12, ARITHMETIC).stream()
                .map(formula -> String.join(" ", formula)))
        .containsExactlyElementsOf(expected);
  }

  @Test
  void everySolutionOfEveryHandUsesEachNumberOnceAndIsWorthTheTarget() {
    for (var hand : multisets(3, 10)) {
      for (var formula : Solutions.of(hand, 24, ARITHMETIC)) {
        assertThat(Formula.value(formula)).contains(Fraction.of(24));
        assertThat(formula.stream().filter(Formula::isNumber).map(Integer::valueOf))
            .containsExactlyInAnyOrderElementsOf(hand);
      }
    }
  }

  @Test
  void ezPointsKnowsOnlySumsAndProducts() {
    assertThat(PointsRules.EZPOINTS.solutions(List.of(10, 2)))
        .containsExactly(List.of("10", "+", "2"), List.of("2", "+", "10"));
    assertThat(PointsRules.EZPOINTS.solutions(List.of(6, 6)))
        .containsExactly(List.of("6", "+", "6"));
    assertThat(PointsRules.EZPOINTS.solutions(List.of(3, 4)))
        .containsExactly(List.of("3", "*", "4"), List.of("4", "*", "3"));
  }

  private static List<List<Integer>> multisets(int numbers, int highest) {
    List<List<Integer>> all = new ArrayList<>(List.of(List.of()));
    for (int i = 0; i < numbers; i++) {
      all =
          all.stream()
              .flatMap(
                  begun ->
                      IntStream.rangeClosed(begun.isEmpty() ? 1 : begun.getLast(), highest)
                          .mapToObj(
                              next -> Stream.concat(begun.stream(), Stream.of(next)).toList()))
              .toList();
    }
    return all;
  }
}
