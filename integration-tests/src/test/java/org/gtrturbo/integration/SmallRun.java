package org.gtrturbo.integration;

import java.util.List;
import java.util.stream.Stream;

/**
 * Settings of runs that need seconds: a small policy, short updates, one thread for each service.
 */
final class SmallRun {
  static final int PARTITIONS = 4;

  /** What every one of them has. */
  static final List<String> SETTINGS =
      List.of(
          "policy.width=32",
          "policy.layers=1",
          "policy.heads=2",
          "policy.feedForward=64",
          "learner.minibatch=64",
          "learner.threads=1",
          "actor.threads=1",
          "kafka.trajectoryPartitions=" + PARTITIONS);

  /** Enough of a warm start and large enough steps to see the policy learn. */
  static final List<String> LEARNS =
      List.of(
          "warmStart.demonstrations=2000",
          "warmStart.misreadCard=0",
          "warmStart.steps=120",
          "warmStart.learningRate=5e-3",
          "learner.turnsPerUpdate=256",
          "learner.epochs=2",
          "learner.learningRate=4e-3");

  /** Hardly a warm start: what is learned does not matter. */
  static final List<String> HARDLY_WARM =
      List.of(
          "run.episodes=64",
          "warmStart.demonstrations=2000",
          "warmStart.misreadCard=0",
          "warmStart.steps=10",
          "warmStart.minibatch=32",
          "learner.turnsPerUpdate=256");

  private SmallRun() {}

  /** {@link #SETTINGS} and these, of which later ones win. */
  static List<String> with(List<String> more) {
    return Stream.concat(SETTINGS.stream(), more.stream()).toList();
  }

  /** The same with some more. */
  static List<String> with(List<String> start, List<String> here, List<String> more) {
    return with(Stream.of(start, here, more).flatMap(List::stream).toList());
  }
}
