package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.agents.EnvironmentGroup;
import org.gtrturbo.environments.Environment;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.device.Compute;

/**
 * Plays whole episodes with a policy and counts how it does.
 *
 * <p>Every policy meets the same hands and draws its tokens with the same numbers, so that two
 * policies are told apart by fewer episodes than independent ones would take. The number of threads
 * changes nothing in the score. Several threads may evaluate at once.
 */
public final class Evaluator implements AutoCloseable {
  private static final int EPISODES_OF_A_PART = 64;
  // More side by side gains nothing on a processor; fewer leaves the matrix products too thin.
  private static final int SIDE_BY_SIDE = 32;

  private final PolicySpec spec;
  private final Supplier<Environment> environments;
  private final long seed;
  private final int threads;
  private final Generator generator;

  /**
   * @param spec of every policy that is evaluated
   * @param seed decides hands and draws
   * @param threads that play side by side
   */
  public Evaluator(PolicySpec spec, Supplier<Environment> environments, long seed, int threads) {
    this(spec, environments, seed, threads, Compute.cpu(1));
  }

  private Evaluator(
      PolicySpec spec,
      Supplier<Environment> environments,
      long seed,
      int threads,
      Compute compute) {
    if (threads < 1) {
      throw new IllegalArgumentException("an evaluator needs a thread, got " + threads);
    }
    this.spec = spec;
    this.environments = environments;
    this.seed = seed;
    this.threads = threads;
    this.generator = new Generator(spec, compute);
  }

  /** An evaluator of the policies of a run, on hands that the run's seed decides. */
  public static Evaluator of(Settings settings, PolicySpec spec, int threads) {
    var environment = settings.environment();
    return new Evaluator(
        spec,
        () -> Environments.named(environment.name(), Rendering.SMALL, environment.imageNoise()),
        settings.run().seed(),
        threads,
        Computing.actor(settings));
  }

  /** Plays that many episodes, each to its end. */
  public Score evaluate(Parameters parameters, Sampling sampling, int episodes) {
    if (episodes < 1) {
      throw new IllegalArgumentException("an evaluation needs an episode, got " + episodes);
    }
    var parts = new ArrayList<Callable<Evaluation>>();
    for (int first = 0; first < episodes; first += EPISODES_OF_A_PART) {
      int from = first;
      int count = Math.min(EPISODES_OF_A_PART, episodes - first);
      parts.add(() -> part(parameters, sampling, from, count));
    }
    return Evaluation.score(SideBySide.run("an evaluation", parts, threads));
  }

  private Evaluation part(Parameters parameters, Sampling sampling, long first, int count) {
    var hands = new Draws(seed, Draws.Purpose.EVALUATION_SEED);
    var group =
        new EnvironmentGroup(
                spec,
                generator,
                environments,
                Math.min(SIDE_BY_SIDE, count),
                episode -> hands.seedAt(first + episode, 0),
                new Draws(seed, Draws.Purpose.EVALUATION_TOKENS))
            .endAfter(count);
    return Evaluation.of(() -> group.play(parameters, sampling), count);
  }

  @Override
  public void close() {
    generator.close();
  }
}
