package org.gtrturbo.integration;

import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;

/** The checkpoints of a run merged once more, under another run's name, in this process. */
final class MergedAgain {
  private static final Duration WITHIN = Duration.ofMinutes(1);

  private MergedAgain() {}

  /** What two teachers that are made of the same have in common. */
  record Named(long version, String hash, BlobRef onnx) {}

  static List<Named> named(List<Teacher> teachers) {
    return teachers.stream()
        .map(each -> new Named(each.getVersion(), each.getHash(), each.getOnnx()))
        .toList();
  }

  /**
   * The teachers that a merger makes which nobody disturbs.
   *
   * @param run whose settings and blobs it merges by
   * @param name a run that there is not yet
   * @param checkpoints all of the run, as they are to be on the log, in order of version
   * @param state folder for the merger's state
   */
  static List<Named> teachers(DeployedRun run, String name, List<byte[]> checkpoints, Path state)
      throws Exception {
    Settings settings = run.settings(name);
    var topics = new TopicCatalogue(name, settings.kafka().trajectoryPartitions());
    TopicAdmin.create(run.cluster(), topics.all());
    RawTopic.publish(
        run.cluster(),
        topics.checkpoints(),
        checkpoints.stream().map(event -> new RawTopic.Record(name, event)).toList());
    int every = settings.teacher().everyCheckpoints();
    int due = (checkpoints.size() - 1) / every + 1;
    try (var merger = MergerService.start(settings, run.cluster(), run.blobs(), state);
        var history = RunHistory.on(run.cluster(), topics)) {
      await(due + " teachers of run " + name)
          .atMost(WITHIN)
          .until(
              () -> {
                merger.throwIfFailed();
                return history.teachers().size() >= due;
              });
      return named(history.teachers());
    }
  }
}
