package org.gtrturbo.agents;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.gtrturbo.environments.Environment;
import org.gtrturbo.environments.Observation;
import org.gtrturbo.environments.Step;
import org.gtrturbo.policy.Generation;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.Vocabulary;

/**
 * Environments played side by side by one thread: each call of {@link #play} is one turn of every
 * one of them. An episode that ends is followed by the next, up to {@link #endAfter}.
 *
 * <p>What happens in an episode depends on its seed, its draws and the policy alone, not on its
 * neighbours.
 */
public final class EnvironmentGroup {
  private final PolicySpec spec;
  private final Vocabulary vocabulary;
  private final Generator generator;
  private final List<Seat> seats = new ArrayList<>();
  private final ObservationBatch observations;
  private final LongUnaryOperator episodeSeeds;
  private final Draws draws;
  private final float[] uniforms;
  private long episodes;
  private long endAfter = Long.MAX_VALUE;

  private static final class Seat {
    private final Environment environment;
    private long episode;
    private long seed;
    private int turnIndex;
    private Observation observation;

    private Seat(Environment environment, long episode, long seed) {
      this.environment = environment;
      this.episode = episode;
      this.seed = seed;
      this.observation = environment.reset(seed);
    }
  }

  /**
   * @param generator shared with other groups or not; not closed here
   * @param episodeSeeds from an episode's number to the seed that its environment is reset with
   * @param draws for tokens, by episode seed and turn
   */
  public EnvironmentGroup(
      PolicySpec spec,
      Generator generator,
      Supplier<Environment> environments,
      int size,
      LongUnaryOperator episodeSeeds,
      Draws draws) {
    this.spec = spec;
    this.vocabulary = new Vocabulary(spec.text().words());
    this.generator = generator;
    this.observations = new ObservationBatch(spec, size);
    this.episodeSeeds = episodeSeeds;
    this.draws = draws;
    this.uniforms = new float[size * spec.text().generatedTokens()];
    for (int seat = 0; seat < size; seat++) {
      long episode = episodes++;
      seats.add(new Seat(environments.get(), episode, episodeSeeds.applyAsLong(episode)));
    }
  }

  /**
   * Plays the first {@code limit} episodes and no others: each of them to its end, and an
   * environment for which none is left leaves the group. Without this a group never ends.
   *
   * @return this group, of which no turn may have been played yet
   */
  public EnvironmentGroup endAfter(long limit) {
    endAfter = limit;
    seats.removeIf(seat -> seat.episode >= limit);
    return this;
  }

  /** The observations that the turns of the last {@link #play} were played on, in its order. */
  public ObservationBatch observations() {
    return observations;
  }

  /** One turn of every environment, in the order of the environments; none once all have left. */
  public List<PlayedTurn> play(Parameters parameters, Sampling sampling) {
    observations.clear();
    if (seats.isEmpty()) {
      return List.of();
    }
    List<int[]> prompts = new ArrayList<>(seats.size());
    int most = spec.text().generatedTokens();
    for (int index = 0; index < seats.size(); index++) {
      Seat seat = seats.get(index);
      int[] prompt = vocabulary.encodePadded(seat.observation.prompt(), spec.text().promptTokens());
      prompts.add(prompt);
      observations.add(seat.observation.picture().pixels(), prompt);
      draws.uniformsInto(uniforms, index * most, most, seat.seed, seat.turnIndex);
    }
    Generation generation = generator.generate(parameters, observations, sampling, uniforms);
    List<PlayedTurn> turns = new ArrayList<>(seats.size());
    for (int index = 0; index < seats.size(); index++) {
      turns.add(step(seats.get(index), written(generation, index, prompts.get(index))));
    }
    seats.removeIf(seat -> seat.episode >= endAfter);
    return turns;
  }

  private PlayedTurn.Written written(Generation generation, int index, int[] prompt) {
    int[] tokens = generation.tokens()[index];
    return new PlayedTurn.Written(
        prompt,
        tokens,
        vocabulary.thoughtLength(tokens),
        generation.logProbs()[index],
        generation.entropies()[index],
        generation.values()[index]);
  }

  private PlayedTurn step(Seat seat, PlayedTurn.Written written) {
    Step step = seat.environment.step(vocabulary.decode(written.tokens()));
    PlayedTurn turn =
        new PlayedTurn(seat.episode, seat.seed, seat.turnIndex, seat.observation, written, step);
    if (step.last()) {
      beginNext(seat);
    } else {
      seat.turnIndex++;
      seat.observation = step.observation();
    }
    return turn;
  }

  private void beginNext(Seat seat) {
    seat.episode = episodes++;
    if (seat.episode < endAfter) {
      seat.seed = episodeSeeds.applyAsLong(seat.episode);
      seat.turnIndex = 0;
      seat.observation = seat.environment.reset(seat.seed);
    }
  }
}
