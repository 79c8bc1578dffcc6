package org.gtrturbo.lab;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.gtrturbo.agents.PlayedTurn;

/**
 * Counts the first episodes of a player, each of them to its end. Taking those that end first
 * instead would favour short episodes, which are the failed ones or the solved ones, but never a
 * fair share of both.
 */
final class Evaluation {
  private final int episodes;
  private final boolean[] ended;
  private int endedEpisodes;
  private long successes;
  private double returns;
  private long turns;
  private long formatted;
  private long tellable;
  private long recognised;
  private long tokens;

  private Evaluation(int episodes) {
    this.episodes = episodes;
    this.ended = new boolean[episodes];
  }

  /**
   * Plays until the episodes 0 to {@code episodes - 1} have ended; turns of others are not counted.
   *
   * @throws IllegalStateException if the player stops before that
   */
  static Evaluation of(EpisodePlayer player, int episodes) {
    if (episodes < 1) {
      throw new IllegalArgumentException("an evaluation needs an episode, got " + episodes);
    }
    var evaluation = new Evaluation(episodes);
    while (evaluation.endedEpisodes < episodes) {
      List<PlayedTurn> played = player.play();
      if (played.isEmpty()) {
        throw new IllegalStateException(
            "the player stopped when "
                + evaluation.endedEpisodes
                + " of "
                + episodes
                + " episodes had ended");
      }
      played.forEach(evaluation::count);
    }
    return evaluation;
  }

  private void count(PlayedTurn turn) {
    if (turn.episode() >= episodes) {
      return;
    }
    int episode = (int) turn.episode();
    if (ended[episode]) {
      throw new IllegalStateException("episode " + episode + " goes on after its last turn");
    }
    turns++;
    tokens += turn.written().tokens().length;
    returns += turn.step().reward();
    if (turn.step().info().formatted()) {
      formatted++;
    }
    turn.step().info().recognised().ifPresent(this::countRecognised);
    if (turn.step().last()) {
      ended[episode] = true;
      endedEpisodes++;
      Optional<Boolean> success = turn.step().info().success();
      if (success.isPresent() && success.get()) {
        successes++;
      }
    }
  }

  private void countRecognised(boolean named) {
    tellable++;
    if (named) {
      recognised++;
    }
  }

  /** All parts together. */
  static Score score(List<Evaluation> parts) {
    long episodes = parts.stream().mapToLong(part -> part.episodes).sum();
    long turns = parts.stream().mapToLong(part -> part.turns).sum();
    long tellable = parts.stream().mapToLong(part -> part.tellable).sum();
    long recognised = parts.stream().mapToLong(part -> part.recognised).sum();
    return new Score(
        episodes,
        parts.stream().mapToLong(part -> part.successes).sum(),
        parts.stream().mapToDouble(part -> part.returns).sum() / episodes,
        tellable == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) recognised / tellable),
        (double) parts.stream().mapToLong(part -> part.formatted).sum() / turns,
        (double) parts.stream().mapToLong(part -> part.tokens).sum() / turns);
  }
}
