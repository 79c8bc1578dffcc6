package org.gtrturbo.environments;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What demonstrators who know the rules and the solutions, but err now and then, showed in whole
 * episodes.
 *
 * <p>The answers are words in the vocabulary of {@link Rendering#SMALL}, a thought and an action:
 *
 * <pre>
 * cards 3 4 6 sofar 3 * rest 4 = . &lt;act> 4
 * current 3 target 5 rest + . &lt;act> +
 * </pre>
 *
 * <p>A card thought names the value of each card, the last four entries of the formula, and the
 * next eight entries of the plan. A plan is a solution that continues the formula, short ones more
 * often (the number of skipped solutions is exponential with mean 1.5), or one put together at
 * random; it is kept until the formula departs from it.
 *
 * @param turns in the order in which they were played; the last episode may be cut off
 * @param successRate part of the episodes whose rewards added up to more than 0, the last one
 *     counted as played to its end
 */
public record Demonstrations(List<Demonstration> turns, double successRate) {

  public Demonstrations {
    turns = List.copyOf(turns);
  }

  /**
   * Plays until there are {@code count} turns. Pictures are of {@link Rendering#SMALL} and without
   * noise, so that a trainer can draw fresh noise ({@link PixelNoise}) each time it shows one.
   *
   * @param environment a name that {@link Environments#named} knows
   * @param seed the same seed gives the same demonstrations
   * @throws IllegalArgumentException if the environment is unknown or {@code count} is less than 1
   */
  public static Demonstrations collect(
      String environment, DemonstratorNoise noise, int count, long seed) {
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1, got " + count);
    }
    var game = Environments.game(environment);
    var random = new SplittableRandom(seed);
    var demonstrator =
        switch (game) {
          case PointsGame points -> new PointsDemonstrator(points, noise, random.split());
          case NumberLineGame line -> new NumberLineDemonstrator(line, noise, random.split());
        };
    List<Demonstration> turns = new ArrayList<>(count + 32);
    int episodes = 0;
    int successes = 0;
    while (turns.size() < count) {
      game.deal(random.split());
      successes += playEpisode(game, demonstrator, turns) > 0 ? 1 : 0;
      episodes++;
    }
    return new Demonstrations(turns.subList(0, count), (double) successes / episodes);
  }

  /** Returns the sum of rewards. */
  private static double playEpisode(
      Game game, Demonstrator demonstrator, List<Demonstration> turns) {
    var shape = game.spec(Rendering.SMALL).picture();
    double episodeReturn = 0;
    demonstrator.begin();
    Game.Outcome outcome;
    do {
      var picture =
          new Picture(shape.width(), shape.height(), shape.channels(), game.draw(Rendering.SMALL));
      var observation = new Observation(picture, game.prompt(Rendering.SMALL), game.legalActions());
      var answer = demonstrator.answer();
      turns.add(
          new Demonstration(
              observation, answer.thought() + " " + Vocabulary.ACT + " " + answer.action()));
      outcome = game.play(answer.action());
      episodeReturn += outcome.reward();
    } while (!outcome.last());
    return episodeReturn;
  }
}
