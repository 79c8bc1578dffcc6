package org.gtrturbo.environments;

import java.util.SplittableRandom;

/** Moves towards the target that it reads. */
final class NumberLineDemonstrator implements Demonstrator {

  private final NumberLineGame game;
  private final DemonstratorNoise noise;
  private final SplittableRandom random;

  NumberLineDemonstrator(NumberLineGame game, DemonstratorNoise noise, SplittableRandom random) {
    this.game = game;
    this.noise = noise;
    this.random = random;
  }

  @Override
  public void begin() {
    // Each turn is answered for itself.
  }

  @Override
  public Answer answer() {
    int current = read(game.current());
    int target = read(game.target());
    boolean up = target > current || (target == current && random.nextBoolean());
    var planned = random.nextDouble() < noise.wrongPlan() ? anyMove() : up ? "+" : "-";
    var thought = "current %d target %d rest %s .".formatted(current, target, planned);
    return new Answer(thought, random.nextDouble() < noise.randomAction() ? anyMove() : planned);
  }

  private int read(int number) {
    return random.nextDouble() < noise.misreadCard()
        ? random.nextInt(NumberLineGame.END + 1)
        : number;
  }

  private String anyMove() {
    return random.nextBoolean() ? "+" : "-";
  }
}
