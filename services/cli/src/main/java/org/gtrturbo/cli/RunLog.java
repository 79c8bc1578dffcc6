package org.gtrturbo.cli;

import java.time.Instant;
import java.util.Optional;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.platform.settings.SettingsWriter;

/**
 * Says on the topic of all runs where a run stands.
 *
 * @param replayOf the run that it replays, where it replays one
 */
record RunLog(Settings settings, Cluster cluster, Instant startedAt, Optional<String> replayOf) {

  private void requireSameReplay(Run known) {
    String of = known.getReplayOf();
    if (!of.equals(replayOf.orElse(""))) {
      throw other(
          of.isEmpty() ? "plays for itself" : "is a replay of " + of,
          replayOf.map(recorded -> "a replay of " + recorded).orElse("one that plays"));
    }
  }

  private void requireSameWork(RecordedRun before, boolean trains) {
    boolean hasCheckpoints = EventReader.latest(cluster, before.topics().checkpoints()).isPresent();
    boolean hasTrained = EventReader.latest(cluster, before.topics().ledger()).isPresent();
    if (trains && hasCheckpoints && !hasTrained) {
      throw other("has merged recorded checkpoints", "one that trains");
    }
    if (!trains && hasTrained) {
      throw other("trains", "one that merges recorded checkpoints");
    }
  }

  /**
   * Says that the run has started, or goes on.
   *
   * @param before what the cluster has of that name
   * @param trains whether this run makes checkpoints, and does not merge recorded ones
   * @throws UsageException if what the cluster has is another run, or the same with other settings
   */
  void begin(RecordedRun before, boolean trains) {
    Optional<Run> known = RecordedRun.description(cluster, settings.run().name());
    known.ifPresent(this::requireSameReplay);
    requireSameWork(before, trains);
    known
        .map(run -> SettingsReader.parse("the settings of run " + run.getRun(), run.getSettings()))
        .ifPresent(settled -> RunOptions.requireSameSettings(settled, settings));
    announce(RunStatus.STARTED);
  }

  private UsageException other(String is, String cannotBe) {
    return new UsageException(
        "run %s %s and cannot go on as %s; give another --name"
            .formatted(settings.run().name(), is, cannotBe));
  }

  /**
   * Says that the run has failed. Where that cannot be said, because the cluster is gone say, the
   * failure keeps why among its suppressed ones.
   */
  void announceFailed(Throwable failure) {
    try {
      announce(RunStatus.FAILED);
    } catch (RuntimeException unsaid) {
      failure.addSuppressed(unsaid);
    }
  }

  void announce(RunStatus status) {
    String run = settings.run().name();
    try (var publisher = cluster.publisher(TopicCatalogue.runs(), "run-" + run)) {
      publisher.publish(
          run,
          new Run(
              run,
              status,
              SettingsWriter.toYaml(settings),
              SettingsWriter.hash(settings),
              settings.environment().name(),
              settings.run().seed(),
              startedAt,
              replayOf.orElse(""),
              Instant.now()));
    }
  }
}
