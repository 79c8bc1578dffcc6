package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RL4VLM's NumberLine: how it is dealt, what each move is worth, when it ends. */
class NumberLineGameTest {

  @ParameterizedTest(name = "from {0} to {1} by {2}")
  @CsvSource({
    "2, 4, ++,         0 1 terminated",
    "4, 3, -,          1 terminated",
    "2, 4, -+++,       -1 0 0 1 terminated",
    // a move against an end of the line does not come closer
    "0, 1, -+,         -1 1 terminated",
    "5, 4, ++-,        -1 -1 1 terminated",
    "0, 1, ----------, -1 -1 -1 -1 -1 -1 -1 -1 -1 -1 truncated",
    // reaching the target on the last turn counts
    "0, 1, ---------+, -1 -1 -1 -1 -1 -1 -1 -1 -1 1 terminated",
    "1, 5, -++-+-+-+-, -1 0 0 -1 0 -1 0 -1 0 -1 truncated",
  })
  void paysAndEndsByTheRules(int start, int target, String moves, String expected) {
    var game = new NumberLineGame();
    game.deal(start, target);
    var told = new StringBuilder();
    Game.Outcome outcome = new Game.Outcome(0, false, false);
    for (var move : moves.split("", -1)) {
      if (!move.isEmpty()) {
        assertThat(outcome.last()).as("ended before %s", told).isFalse();
        outcome = game.play(move);
        told.append((int) outcome.reward()).append(' ');
      }
    }
    told.append(outcome.terminated() ? "terminated" : "truncated");
    assertThat(told).hasToString(expected);
  }

  @ParameterizedTest(name = "{0} drawn twice")
  @CsvSource({"0, 1", "1, 2", "2, 3", "3, 4", "4, 0", "5, 1"})
  void aTargetThatEqualsTheStartMovesOnModuloFive(int drawn, int target) {
    var game = new NumberLineGame();
    game.deal(drawn, drawn);
    assertThat(game.current()).isEqualTo(drawn);
    assertThat(game.target()).isEqualTo(target);
  }

  @Test
  void everyStartAndTargetIsDealtButNoneThatIsWonAlready() {
    Set<String> dealt = new HashSet<>();
    var random = new SplittableRandom(1);
    var game = new NumberLineGame();
    for (int i = 0; i < 2000; i++) {
      game.deal(random);
      assertThat(game.current()).isNotEqualTo(game.target());
      dealt.add(game.current() + " to " + game.target());
    }
    assertThat(dealt).hasSize(30);
  }

  @Test
  void aMoveOffTheLineIsNotLegal() {
    var game = new NumberLineGame();
    game.deal(0, 3);
    assertThat(game.legalActions()).containsExactly("+");
    game.deal(5, 3);
    assertThat(game.legalActions()).containsExactly("-");
    game.deal(2, 3);
    assertThat(game.legalActions()).containsExactly("-", "+");
  }
}
