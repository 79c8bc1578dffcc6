package org.gtrturbo.cli;

import java.time.Instant;
import java.util.Optional;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;

/**
 * Says on the topic of all runs where a run stands.
 *
 * @param replayOf the run that it replays, where it replays one
 */
record RunLog(Settings settings, Cluster cluster, Instant startedAt, Optional<String> replayOf) {

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
