package org.gtrturbo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.SampleEvents;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lab.Evaluated;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.lab.RunSummary.Outcome;
import org.gtrturbo.lab.RunSummary.Rate;
import org.gtrturbo.lab.Score;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.platform.settings.SettingsWriter;

/** Folders and logs of runs that nobody made. */
final class RecordedRuns {
  private static final int TURNS_OF_UPDATE = 1_000;

  private RecordedRuns() {}

  /** A folder of numberline's settings, under {@code runs}. */
  static RunFolder folder(Path runs, String name, long seed, String... changes) {
    RunFolder folder = RunFolder.create(runs.resolve(name));
    Texts.write(
        folder.settings(), SettingsWriter.toYaml(settings(name, seed, changes)).getBytes(UTF_8));
    return folder;
  }

  static Settings settings(String name, long seed, String... changes) {
    var overrides = new ArrayList<>(List.of("run.name=" + name, "run.seed=" + seed));
    overrides.addAll(List.of(changes));
    return SettingsReader.read(Optional.empty(), Optional.of("numberline"), overrides);
  }

  /** Its policy succeeds in {@code of100} of 100 episodes sampled, and in as many greedy. */
  static void summarise(
      RunFolder folder, Settings settings, RunSummary.Ending ending, long updates, int of100) {
    var outcome = new Outcome(rate(of100), rate(of100));
    new RunSummary(
            new RunSummary.Identity(
                settings.run().name(),
                settings.environment().name(),
                settings.run().seed(),
                SettingsWriter.hash(settings),
                Optional.empty()),
            ending,
            new RunSummary.Progress(
                updates * TURNS_OF_UPDATE, updates, 100, new RunSummary.Seconds(9, 3, 6)),
            new RunSummary.Results(new Outcome(rate(10), rate(20)), outcome, Optional.empty()),
            Map.of())
        .write(folder.summary());
  }

  private static Rate rate(int of100) {
    return Rate.of(new Score(100, of100, 0, OptionalDouble.empty(), 1, 8));
  }

  /** Puts a run on its log that gets better from update to update. */
  static void publish(Cluster cluster, Settings settings, RunStatus status, int updates) {
    publish(cluster, settings, status, updates, "");
  }

  /** As a replay of another run. */
  static void publish(
      Cluster cluster, Settings settings, RunStatus status, int updates, String replayOf) {
    String run = settings.run().name();
    var topics = new TopicCatalogue(run, settings.kafka().trajectoryPartitions());
    TopicAdmin.create(cluster, topics.all());
    try (var checkpoints = cluster.publisher(topics.checkpoints(), "test");
        var metrics = cluster.publisher(topics.metrics(), "test");
        var runs = cluster.publisher(TopicCatalogue.runs(), "test")) {
      for (int version = 0; version <= updates; version++) {
        checkpoints.publish(
            run,
            SampleEvents.checkpoint(run, version, (long) version * TURNS_OF_UPDATE, Instant.EPOCH));
        long successes = 10 + 80L * version / updates;
        metrics.publish("learner", SampleEvents.batch(run, version, successes / 100.0));
        var score = new Score(100, successes, 0, OptionalDouble.empty(), 1, 8);
        metrics.publish(
            "evaluation", Evaluated.POLICY_GREEDY.metric(run, version, score, Instant.EPOCH));
      }
      runs.publish(
          run,
          new Run(
              run,
              status,
              SettingsWriter.toYaml(settings),
              SettingsWriter.hash(settings),
              settings.environment().name(),
              settings.run().seed(),
              Instant.EPOCH,
              replayOf,
              Instant.EPOCH));
    }
  }
}
