package org.gtrturbo.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.EventReader;

/** Waits for the teacher of a run's last checkpoint. */
final class LastTeacher {
  private LastTeacher() {}

  /**
   * Returns once the merger has announced the teacher of version {@code due}, or a newer one.
   *
   * @param log where the merger says what it does
   * @throws IllegalStateException if that takes longer than {@code within}
   */
  static void await(
      Cluster cluster,
      TopicCatalogue topics,
      MergerService merger,
      long due,
      Duration within,
      Path log) {
    Instant deadline = Instant.now().plus(within);
    while (Instant.now().isBefore(deadline)) {
      merger.throwIfFailed();
      long newest =
          EventReader.latest(cluster, topics.teachers())
              .map(event -> event.value().getVersion())
              .orElse(-1L);
      if (newest >= due) {
        return;
      }
    }
    throw new IllegalStateException(
        "the teacher of checkpoint "
            + due
            + " has not come within "
            + within.toSeconds()
            + " s; see "
            + log);
  }
}
