package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.gtrturbo.agents.PlayedTurn;
import org.gtrturbo.environments.Observation;
import org.gtrturbo.environments.Picture;
import org.gtrturbo.environments.Step;
import org.gtrturbo.environments.StepInfo;
import org.junit.jupiter.api.Test;

/** What is counted of what a player plays. */
class EvaluationTest {
  private static final Observation NOTHING =
      new Observation(new Picture(1, 1, 1, new byte[1]), "", List.of());

  @Test
  void everyOneOfTheFirstEpisodesIsPlayedToItsEnd() {
    // Episode 0 is long and won; 1, 2 and 3 are short and lost, and 3 is one too many.
    var player =
        new Scripted(
            List.of(
                List.of(turn(0), lost(1)),
                List.of(turn(0), lost(2)),
                List.of(turn(0), lost(3)),
                List.of(won(0), turn(4))));

    Score score = Evaluation.score(List.of(Evaluation.of(player, 3)));

    assertThat(score.episodes()).isEqualTo(3);
    assertThat(score.successes()).isEqualTo(1);
    assertThat(score.success().value()).isCloseTo(1 / 3.0, within(1e-12));
  }

  @Test
  void returnsAreOfEpisodesAndRatesAreOfTurns() {
    var player =
        new Scripted(
            List.of(
                List.of(
                    turn(0, -1, 5, true, Optional.of(true)),
                    turn(1, -1, 3, false, Optional.of(false))),
                List.of(last(0, 10, 4, true, Optional.of(true)), lost(1))));

    Score score = Evaluation.score(List.of(Evaluation.of(player, 2)));

    // The rewards are -1 and 10, and -1 and -1; of the last turn the tokens are 4 and 2.
    assertThat(score.meanReturn()).isCloseTo((9.0 - 2.0) / 2, within(1e-12));
    assertThat(score.formattedRate()).isCloseTo(0.75, within(1e-12));
    assertThat(score.recognisedRate()).hasValue(2 / 3.0);
    assertThat(score.meanTokens()).isCloseTo((5 + 3 + 4 + 2) / 4.0, within(1e-12));
  }

  @Test
  void partsAddUp() {
    var lostOne = Evaluation.of(new Scripted(List.of(List.of(lost(0)))), 1);
    var wonTwo = Evaluation.of(new Scripted(List.of(List.of(won(0), won(1)))), 2);

    Score score = Evaluation.score(List.of(lostOne, wonTwo));

    assertThat(score.episodes()).isEqualTo(3);
    assertThat(score.successes()).isEqualTo(2);
  }

  @Test
  void anEnvironmentThatCannotTellLeavesTheRecognisedRateOpen() {
    var player = new Scripted(List.of(List.of(won(0))));

    assertThat(Evaluation.score(List.of(Evaluation.of(player, 1))).recognisedRate()).isEmpty();
  }

  @Test
  void aPlayerThatStopsTooEarlyIsNoScore() {
    var player = new Scripted(List.of(List.of(won(0), turn(1)), List.of()));

    assertThatThrownBy(() -> Evaluation.of(player, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("1 of 2 episodes had ended");
  }

  @Test
  void anEpisodeThatGoesOnAfterItsEndIsRefused() {
    var player = new Scripted(List.of(List.of(won(0), turn(1)), List.of(turn(0), turn(1))));

    assertThatThrownBy(() -> Evaluation.of(player, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("episode 0");
  }

  /** Plays what it is told to, and nothing twice. */
  private static final class Scripted implements EpisodePlayer {
    private final Queue<List<PlayedTurn>> rounds;

    Scripted(List<List<PlayedTurn>> rounds) {
      this.rounds = new ArrayDeque<>(rounds);
    }

    @Override
    public List<PlayedTurn> play() {
      return rounds.remove();
    }
  }

  private static PlayedTurn turn(long episode) {
    return turn(episode, -1, 2, true, Optional.empty());
  }

  private static PlayedTurn lost(long episode) {
    return last(episode, -1, 2, true, Optional.empty());
  }

  private static PlayedTurn won(long episode) {
    return last(episode, 10, 2, true, Optional.empty());
  }

  private static PlayedTurn turn(
      long episode, double reward, int tokens, boolean formatted, Optional<Boolean> recognised) {
    return played(
        episode,
        tokens,
        new Step(
            NOTHING,
            reward,
            false,
            false,
            new StepInfo("a", formatted, true, recognised, Optional.empty())));
  }

  private static PlayedTurn last(
      long episode, double reward, int tokens, boolean formatted, Optional<Boolean> recognised) {
    return played(
        episode,
        tokens,
        new Step(
            NOTHING,
            reward,
            true,
            false,
            new StepInfo("a", formatted, true, recognised, Optional.of(reward > 0))));
  }

  private static PlayedTurn played(long episode, int tokens, Step step) {
    var written =
        new PlayedTurn.Written(
            new int[0], new int[tokens], tokens - 1, new float[tokens], new float[tokens], 0);
    return new PlayedTurn(episode, episode, 0, NOTHING, written, step);
  }
}
