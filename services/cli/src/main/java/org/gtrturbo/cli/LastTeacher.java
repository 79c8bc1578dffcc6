package org.gtrturbo.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings.TeacherSettings;

/** Waits for the teacher of a run's last checkpoint. */
final class LastTeacher {
  private LastTeacher() {}

  /**
   * Returns once the merger has announced the last teacher that it can.
   *
   * @param newest version of the last checkpoint
   * @param log where the merger says what it does
   * @throws IllegalStateException if that takes longer than {@code within}
   */
  static void await(
      Cluster cluster,
      TopicCatalogue topics,
      MergerService merger,
      TeacherSettings settings,
      long newest,
      Duration within,
      Path log) {
    Instant deadline = Instant.now().plus(within);
    while (Instant.now().isBefore(deadline)) {
      merger.throwIfFailed();
      if (MergerService.hasMerged(cluster, topics, settings, newest)) {
        return;
      }
    }
    throw new IllegalStateException(
        "the teacher of checkpoint "
            + newest
            + " has not come within "
            + within.toSeconds()
            + " s; see "
            + log);
  }
}
