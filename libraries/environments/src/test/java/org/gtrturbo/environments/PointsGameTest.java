package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * RL4VLM's rules of the card games: what each turn is worth, in which order a turn is checked, and
 * when the game ends.
 */
class PointsGameTest {

  @ParameterizedTest(name = "{0} dealt, {1} played")
  @CsvSource({
    // hand, turns, reward of each turn and how the last one ended
    "3 4,  3 * 4 =,        0 0 0 10 terminated",
    "3 4,  4 * 3 =,        0 0 0 10 terminated",
    "2 13, 10 + 2 =,       0 0 0 10 terminated",
    "3 4,  3 + 4 =,        0 0 0 -1 terminated",
    "3 4,  =,              -1 terminated",
    "3 4,  3 =,            0 -1 terminated",
    // a number that is no card, or a card used twice, is refused and leaves a blank
    "3 4,  3 * 5 4 =,      0 0 -1 0 10 terminated",
    "3 4,  3 3 * 4 =,      0 -1 0 0 10 terminated",
    "3 4,  3 5 4 =,        0 -1 0 -1 terminated",
    "6 6,  6 + 6 =,        0 0 0 10 terminated",
    "6 2,  6 + 6 =,        0 0 -1 -1 terminated",
    // operators are never refused
    "3 4,  3 * + 4 =,      0 0 0 0 10 terminated",
    "3 4,  * * =,          0 0 -1 terminated",
    // length is checked first: the seventh turn ends the game whatever it is
    "3 4,  + + + + + + =,  0 0 0 0 0 0 -1 truncated",
    "3 4,  + + + + + + 9,  0 0 0 0 0 0 -1 truncated",
    "3 4,  9 9 9 9 9 9 3,  -1 -1 -1 -1 -1 -1 -1 truncated",
    "3 4,  + + + 3 * 4 =,  0 0 0 0 0 0 -1 truncated",
    "3 4,  + + 3 * 4 =,    0 0 0 0 0 10 terminated",
  })
  void ezPointsPaysAndEndsByTheRules(String hand, String turns, String expected) {
    assertThat(played(PointsRules.EZPOINTS, hand, turns)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} dealt, {1} played")
  @CsvSource({
    "1 3 4, 3 * 4 * 1 =,         0 0 0 0 0 10 terminated",
    "1 3 4, ( 4 - 1 ) * 4 =,     0 0 0 0 0 0 -1 -1 terminated",
    "3 4 4, ( 4 - 1 ) * 4 =,     0 0 0 -1 0 0 0 -1 terminated",
    "6 6 1, ( 6 + 6 ) / 1 =,     0 0 0 0 0 0 0 10 terminated",
    // worth 12, but a card is left
    "1 3 4, 3 * 4 =,             0 0 0 -1 terminated",
    // worth 12 only if numbers side by side grew together
    "1 2 1, 1 2 * 1 =,           0 0 0 0 -1 terminated",
    "1 3 4, - - - - - - - - - - - - - =, 0 0 0 0 0 0 0 0 0 0 0 0 0 -1 truncated",
    "1 3 4, - - - - - - - - - - - - =, 0 0 0 0 0 0 0 0 0 0 0 0 -1 terminated",
  })
  void threeCardsFollowTheRulesOfPoints24(String hand, String turns, String expected) {
    assertThat(played(PointsRules.THREECARDS, hand, turns)).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0} dealt, {1} played")
  @CsvSource({
    "8 3 8 3,   8 / ( 3 - 8 / 3 ) =,  0 0 0 0 0 0 0 0 0 10 terminated",
    "13 12 2 2, 10 + 10 + 2 + 2 =,    0 0 0 0 0 0 0 10 terminated",
    "11 4 1 1,  10 * 2 + 4 =,         0 0 -1 0 0 -1 terminated",
    "4 6 1 1,   4 * 6 * 1 * 1 =,      0 0 0 0 0 0 0 10 terminated",
    "4 6 1 1,   4 * 6 =,              0 0 0 -1 terminated",
    "5 5 5 5,   5 / ( 5 - 5 ) * 5 =,  0 0 0 0 0 0 0 0 0 -1 terminated",
  })
  void points24PaysByTheRules(String hand, String turns, String expected) {
    assertThat(played(PointsRules.POINTS24, hand, turns)).isEqualTo(expected);
  }

  @Test
  void points24EndsOnTheTwentySecondTurn() {
    var game = new PointsGame(PointsRules.POINTS24);
    game.deal(Entries.hand("1 1 1 1"));

    for (int turn = 1; turn <= 21; turn++) {
      assertThat(game.play("(")).isEqualTo(new Game.Outcome(0, false, false));
    }

    assertThat(game.play("(")).isEqualTo(new Game.Outcome(-1, false, true));
  }

  @Test
  void theTurnThatIsOneTooManyLeavesTheFormulaAsItWas() {
    var game = new PointsGame(PointsRules.EZPOINTS);
    game.deal(Entries.hand("3 4"));
    Entries.of("+ + + + + +").forEach(game::play);

    game.play("3");

    assertThat(game.formula()).containsExactly("+", "+", "+", "+", "+", "+");
    assertThat(game.unused()).containsExactly(3, 4);
  }

  @Test
  void onlyNumbersOfUnusedCardsAreLegalAndOperatorsAlways() {
    var game = new PointsGame(PointsRules.THREECARDS);
    game.deal(Entries.hand("4 4 12"));

    assertThat(game.legalActions()).containsExactly("4", "10", "+", "-", "*", "/", "(", ")", "=");
    game.play("4");
    assertThat(game.legalActions()).contains("4", "10");
    game.play("4");
    assertThat(game.legalActions()).doesNotContain("4").contains("10");
    game.play("=");
    assertThat(game.legalActions()).isEmpty();
  }

  @Test
  void thePromptShowsTheFormulaWithRefusedNumbersAsEmpty() {
    var game = new PointsGame(PointsRules.THREECARDS);
    game.deal(Entries.hand("4 4 12"));
    assertThat(game.prompt(Rendering.SMALL)).isEqualTo("task .");

    Entries.of("10 * 7 4").forEach(game::play);

    assertThat(game.prompt(Rendering.SMALL)).isEqualTo("task 10 * empty 4 .");
    assertThat(game.prompt(Rendering.PAPER))
        .contains("'10 * 4'", "worth 12", "3 playing cards", "\"action\":");
  }

  @Test
  void aLongFormulaIsPromptedByItsEnd() {
    var game = new PointsGame(PointsRules.EZPOINTS);
    game.deal(Entries.hand("3 4"));
    Entries.of("3 + + + + +").forEach(game::play);
    assertThat(game.prompt(Rendering.SMALL)).isEqualTo("task 3 + + + + + .");

    var longer = new PointsGame(PointsRules.THREECARDS);
    longer.deal(Entries.hand("1 3 4"));
    Entries.of("3 4 - - - - - - - - - - -").forEach(longer::play);

    assertThat(longer.prompt(Rendering.SMALL)).isEqualTo("task 4 - - - - - - - - - - - .");
  }

  private static String played(PointsRules rules, String hand, String turns) {
    var game = new PointsGame(rules);
    game.deal(Entries.hand(hand));
    List<String> told = new ArrayList<>();
    Game.Outcome outcome = new Game.Outcome(0, false, false);
    for (var action : Entries.of(turns)) {
      assertThat(outcome.last()).as("ended before %s", action).isFalse();
      outcome = game.play(action);
      told.add(Integer.toString((int) outcome.reward()));
    }
    told.add(outcome.terminated() ? "terminated" : outcome.truncated() ? "truncated" : "open");
    return String.join(" ", told);
  }
}
