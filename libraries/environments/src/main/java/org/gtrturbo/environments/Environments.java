package org.gtrturbo.environments;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The environments that are built in, by name. */
public final class Environments {

  private static final Map<String, Supplier<Game>> GAMES = games();

  private Environments() {}

  /** The names that {@link #named} knows, simplest first. */
  public static List<String> names() {
    return List.copyOf(GAMES.keySet());
  }

  /**
   * A new environment that shares nothing with others.
   *
   * @param imageNoise standard deviation of the Gaussian noise that is drawn afresh for every pixel
   *     of every observation, as a part of the range from black to white, in [0, 1]
   * @throws IllegalArgumentException if the name is unknown or the noise out of range
   */
  public static Environment named(String name, Rendering rendering, double imageNoise) {
    return new GameEnvironment(game(name), rendering, new PixelNoise(imageNoise));
  }

  static Game game(String name) {
    return Optional.ofNullable(GAMES.get(name))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "environment '%s' is unknown; known are %s"
                        .formatted(name, String.join(", ", GAMES.keySet()))))
        .get();
  }

  private static Map<String, Supplier<Game>> games() {
    Map<String, Supplier<Game>> games = new LinkedHashMap<>();
    games.put(NumberLineGame.NAME, NumberLineGame::new);
    for (var rules : List.of(PointsRules.EZPOINTS, PointsRules.THREECARDS, PointsRules.POINTS24)) {
      games.put(rules.name(), () -> new PointsGame(rules));
    }
    return games;
  }
}
