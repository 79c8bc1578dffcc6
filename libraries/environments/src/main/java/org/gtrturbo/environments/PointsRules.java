package org.gtrturbo.environments;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One game of the family "make a number from your cards".
 *
 * @param cards how many cards are dealt
 * @param target the value that the formula shall have
 * @param operators what a formula may hold beside numbers, {@code =} not included
 * @param formulaLimit a turn that finds more entries than this in the formula ends the game
 */
record PointsRules(
    String name, int cards, int target, List<String> operators, int formulaLimit, Deal deal) {

  /** How hands are drawn. */
  sealed interface Deal {

    /** RL4VLM's EZPoints: the second card is chosen so that sum or product of both is 12. */
    record Pair() implements Deal {}

    /**
     * Ranks drawn uniformly from 1 to {@code highestRank}, whether or not the hand can be solved.
     */
    record Any(int highestRank) implements Deal {}

    /** As {@link Any}, drawn again until the hand can be solved. */
    record Solvable(int highestRank) implements Deal {}
  }

  private static final List<String> ALL_OPERATORS = List.of("+", "-", "*", "/", "(", ")");

  static final PointsRules EZPOINTS =
      new PointsRules("ezpoints", 2, 12, List.of("+", "*"), 5, new Deal.Pair());

  /** Our own step between the two of RL4VLM: the rules of Points24 with three low cards. */
  static final PointsRules THREECARDS =
      new PointsRules("threecards", 3, 12, ALL_OPERATORS, 12, new Deal.Solvable(6));

  static final PointsRules POINTS24 =
      new PointsRules("points24", 4, 24, ALL_OPERATORS, 20, new Deal.Any(13));

  List<String> actions() {
    var numbers = IntStream.rangeClosed(1, 10).mapToObj(Integer::toString);
    return Stream.of(numbers, operators.stream(), Stream.of("=")).flatMap(words -> words).toList();
  }

  /** The turn that finds the formula one entry too long is the last. */
  int maxTurns() {
    return formulaLimit + 2;
  }

  /** The formulas worth the target that use each value once; see {@link Solutions}. */
  List<List<String>> solutions(List<Integer> values) {
    return Solutions.of(values, target, arithmetic());
  }

  /** The operators without parentheses. */
  List<String> arithmetic() {
    return operators.stream().filter(operator -> !"()".contains(operator)).toList();
  }

  List<Card> hand(SplittableRandom random) {
    var ranks =
        switch (deal) {
          case Deal.Pair() -> pair(random);
          case Deal.Any(int highest) -> ranks(highest, random);
          case Deal.Solvable(int highest) -> {
            var drawn = ranks(highest, random);
            while (solutions(values(drawn)).isEmpty()) {
              drawn = ranks(highest, random);
            }
            yield drawn;
          }
        };
    var suits = Card.Suit.values();
    return ranks.stream().map(rank -> new Card(rank, suits[random.nextInt(suits.length)])).toList();
  }

  private List<Integer> ranks(int highest, SplittableRandom random) {
    return IntStream.range(0, cards).mapToObj(i -> 1 + random.nextInt(highest)).toList();
  }

  private static List<Integer> values(List<Integer> ranks) {
    return ranks.stream().map(rank -> Math.min(rank, 10)).toList();
  }

  private List<Integer> pair(SplittableRandom random) {
    int first = random.nextInt(2, 14);
    int value = Math.min(first, 10);
    boolean product = target % value == 0 && random.nextBoolean();
    var ranks = new ArrayList<>(List.of(first, product ? target / value : target - value));
    if (random.nextBoolean()) {
      Collections.reverse(ranks);
    }
    return ranks;
  }
}
