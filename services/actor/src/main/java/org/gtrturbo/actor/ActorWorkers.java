package org.gtrturbo.actor;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.agents.Draws;
import org.gtrturbo.agents.EnvironmentGroup;
import org.gtrturbo.agents.TeacherGuide;
import org.gtrturbo.environments.Environment;
import org.gtrturbo.environments.EnvironmentSpec;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.Generator;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.Sampling;
import org.gtrturbo.policy.device.Compute;

/**
 * The workers of one actor and the sessions that they share. Knows no log: weights come from
 * suppliers, turns go to a sink.
 */
public final class ActorWorkers implements AutoCloseable {
  private final Generator generator;
  private final Optional<TeacherGuide> guide;
  private final List<ActorWorker> all;

  /**
   * Where the weights come from; asked once a round by each worker.
   *
   * @param teacher not asked where the settings want no guidance
   */
  public record Weights(Supplier<VersionedWeights> policy, Supplier<VersionedWeights> teacher) {}

  /**
   * @param spec of every policy and teacher that the weights are of
   * @param pictures for pictures that are too large for an event
   */
  public ActorWorkers(
      Settings settings,
      PolicySpec spec,
      ActorIdentity identity,
      Weights weights,
      BlobStore pictures,
      TurnSink sink) {
    Compute compute = Computing.actor(settings);
    this.generator = new Generator(spec, compute);
    this.guide = TeacherGuide.of(settings, spec, compute);
    Sampling sampling = Sampling.at(settings.actor().temperature());
    TurnEvents events = new TurnEvents(identity, settings.environment().name(), pictures);
    Optional<TeacherScorer> teacher = guide.map(with -> new TeacherScorer(with, weights.teacher()));
    this.all =
        IntStream.range(0, settings.actor().threads())
            .mapToObj(
                number ->
                    new ActorWorker(
                        seats(settings, identity, spec, number),
                        sampling,
                        weights.policy(),
                        teacher,
                        events,
                        sink))
            .toList();
  }

  /** What is played. */
  static EnvironmentSpec environmentSpec(Settings settings) {
    return environment(settings).spec();
  }

  /** As many as the settings have threads; each for one thread. */
  public List<ActorWorker> all() {
    return all;
  }

  /** Frees the sessions; no worker may be playing. */
  @Override
  public void close() {
    try (generator) {
      guide.ifPresent(TeacherGuide::close);
    }
  }

  private ActorWorker.Seats seats(
      Settings settings, ActorIdentity identity, PolicySpec spec, int number) {
    int workers = settings.actor().threads();
    int environments = settings.actor().environments();
    int size = environments / workers + (number < environments % workers ? 1 : 0);
    long runSeed = settings.run().seed();
    var group =
        new EnvironmentGroup(
            spec,
            generator,
            () -> environment(settings),
            size,
            episode ->
                identity.episodeSeed(
                    runSeed, ActorWorker.Seats.episodeNumber(episode, number, workers)),
            new Draws(runSeed, Draws.Purpose.TOKENS));
    return new ActorWorker.Seats(group, size, number, workers);
  }

  private static Environment environment(Settings settings) {
    return Environments.named(
        settings.environment().name(), Rendering.SMALL, settings.environment().imageNoise());
  }
}
