package org.gtrturbo.environments;

import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Plays a {@link Game} as an {@link Environment}.
 *
 * <p>The deal, the noise and the random actions draw from three generators split off the episode's
 * seed, so the hand and the noise of a turn do not depend on whether an earlier answer could be
 * parsed.
 */
final class GameEnvironment implements Environment {

  private final Game game;
  private final Rendering rendering;
  private final PixelNoise noise;
  private final EnvironmentSpec spec;
  private SplittableRandom noiseRandom = new SplittableRandom(0);
  private SplittableRandom actionRandom = new SplittableRandom(0);
  private double episodeReturn;
  private boolean playing;

  GameEnvironment(Game game, Rendering rendering, PixelNoise noise) {
    this.game = game;
    this.rendering = rendering;
    this.noise = noise;
    this.spec = game.spec(rendering);
  }

  @Override
  public EnvironmentSpec spec() {
    return spec;
  }

  @Override
  public Observation reset(long seed) {
    var episode = new SplittableRandom(seed);
    game.deal(episode.split());
    noiseRandom = episode.split();
    actionRandom = episode.split();
    episodeReturn = 0;
    playing = true;
    return observe();
  }

  @Override
  public Step step(String text) {
    if (!playing) {
      throw new IllegalStateException(
          spec.name() + " has no episode in play; reset it before the next step");
    }
    var named = ActionText.actionIn(text, spec.actions());
    var action =
        named.orElseGet(() -> spec.actions().get(actionRandom.nextInt(spec.actions().size())));
    boolean legal = game.legalActions().contains(action);
    boolean recognised = game.recognisedIn(text);
    var outcome = game.play(action);
    episodeReturn += outcome.reward();
    playing = !outcome.last();
    Optional<Boolean> success = playing ? Optional.empty() : Optional.of(episodeReturn > 0);
    return new Step(
        observe(),
        outcome.reward(),
        outcome.terminated(),
        outcome.truncated(),
        new StepInfo(action, named.isPresent(), legal, Optional.of(recognised), success));
  }

  private Observation observe() {
    var shape = spec.picture();
    byte[] pixels = game.draw(rendering);
    noise.addInPlace(pixels, noiseRandom);
    return new Observation(
        new Picture(shape.width(), shape.height(), shape.channels(), pixels),
        game.prompt(rendering),
        game.legalActions());
  }
}
