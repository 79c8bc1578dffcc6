package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;

/** Records a run of many short updates that three actors play for, in as many processes. */
final class ThreeActors {
  static final int PARTITIONS = SmallRun.PARTITIONS;
  static final long TEACHER_EVERY = 4;
  static final long LEAST_UPDATES = 50;

  private static final int ACTORS = 3;
  private static final Duration BROKER_WITHIN = Duration.ofMinutes(2);
  private static final Patience PATIENCE = Patience.looking(Duration.ofMillis(5));

  /**
   * Short updates, so that there are many of them, a run that a signal has to end, and enough of a
   * warm start that episodes are short.
   */
  private static final List<String> SETTINGS =
      SmallRun.with(
          List.of(
              "run.turns=200000",
              "run.episodes=64",
              "warmStart.demonstrations=1000",
              "warmStart.steps=80",
              "warmStart.minibatch=32",
              "warmStart.learningRate=5e-3",
              "learner.turnsPerUpdate=64",
              "learner.maxStalenessVersions=16",
              "actor.environments=8",
              "actor.maxLagTurns=256",
              "teacher.everyCheckpoints=" + TEACHER_EVERY));

  private ThreeActors() {}

  /**
   * Records it in {@code home/runs/name}; it is stopped by a signal.
   *
   * @param home working directory of the processes
   */
  static void record(Path home, String name) throws Exception {
    Path folder = home.resolve("runs").resolve(name);
    Path gtrLog = folder.resolve("gtr.log");
    try (var run = GtrProcess.start(home, command("run", name))) {
      String address = addressOf(folder.resolve("broker"));
      try (var second = GtrProcess.start(home, actor(name, address, "second"));
          var third = GtrProcess.start(home, actor(name, address, "third"))) {
        awaitTurnsOfAllActors(new Cluster(address), name);
        long newest = GtrProcess.newestCommitted(gtrLog);
        run.awaitCommitted(Math.max(LEAST_UPDATES, newest + 8), gtrLog);
        second.terminate();
        third.terminate();
        assertThat(second.exitCode()).as(second.output()).isZero();
        assertThat(third.exitCode()).as(third.output()).isZero();
      }
      run.terminate();
      run.exitCode();
    }
  }

  private static String addressOf(Path broker) {
    return await("the broker")
        .atMost(BROKER_WITHIN)
        .until(() -> EmbeddedBroker.runningOn(broker), Optional::isPresent)
        .orElseThrow();
  }

  private static void awaitTurnsOfAllActors(Cluster cluster, String name) {
    Map<String, Long> turns = new HashMap<>();
    var topic = new TopicCatalogue(name, PARTITIONS).trajectories();
    try (var reader = EventReader.open(cluster, topic, "actors", DeadLetters.logged("actors"))) {
      reader.assignAll();
      PATIENCE.await(
          "turns of " + ACTORS + " actors",
          () -> Map.copyOf(turns),
          () -> {
            for (Received<Turn> received : reader.poll(Duration.ofMillis(100))) {
              if (received instanceof Received.Event<Turn> event) {
                turns.merge(event.value().getActorId(), 1L, Long::sum);
              }
            }
            return turns.size() == ACTORS;
          });
    }
  }

  private static List<String> actor(String name, String address, String id) {
    var command = command("actor", name);
    command.addAll(List.of("--bootstrap", address, "--id", id));
    return command;
  }

  private static List<String> command(String what, String name) {
    var command = new ArrayList<>(List.of(what, "--env", "numberline", "--name", name));
    command.addAll(List.of("--runs", "runs"));
    SETTINGS.forEach(setting -> command.addAll(List.of("--set", setting)));
    return command;
  }
}
