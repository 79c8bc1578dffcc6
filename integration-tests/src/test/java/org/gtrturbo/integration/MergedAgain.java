package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;

/** The checkpoints of a run merged once more, under another run's name, in this process. */
final class MergedAgain {
  private static final Patience PATIENCE = Patience.looking(Duration.ofMillis(100));

  private MergedAgain() {}

  /** How a checkpoint is put on the log. */
  @FunctionalInterface
  interface Writer {
    byte[] write(Checkpoint checkpoint) throws IOException;
  }

  /**
   * The hashes of the teachers that a merger makes which nobody disturbs. A teacher's hash leaves
   * out its run's name.
   *
   * @param run whose settings and blobs it merges by
   * @param name a run that there is not yet
   * @param checkpoints all of the run, in order of version
   * @param state folder for the merger's state
   */
  static List<String> teacherHashes(
      DeployedRun run, String name, List<Checkpoint> checkpoints, Writer writer, Path state)
      throws Exception {
    Settings settings = run.settings(name);
    var topics = new TopicCatalogue(name, settings.kafka().trajectoryPartitions());
    TopicAdmin.create(run.cluster(), topics.all());
    var records = new ArrayList<RawTopic.Record>();
    for (Checkpoint checkpoint : checkpoints) {
      var renamed = Checkpoint.newBuilder(checkpoint).setRun(name).build();
      records.add(new RawTopic.Record(name, writer.write(renamed)));
    }
    RawTopic.publish(run.cluster(), topics.checkpoints(), records);
    int due = (checkpoints.size() - 1) / settings.teacher().everyCheckpoints() + 1;
    try (var merger = MergerService.start(settings, run.cluster(), run.blobs(), state);
        var history = RunHistory.on(run.cluster(), topics)) {
      PATIENCE.await(
          due + " teachers of run " + name,
          () -> history.teachers().size(),
          () -> {
            merger.throwIfFailed();
            assertThat(history.deadLetters()).isEmpty();
            return history.teachers().size() >= due;
          });
      return history.teachers().stream().map(Teacher::getHash).toList();
    }
  }
}
