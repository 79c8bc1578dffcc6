package org.gtrturbo.merger;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;

/** A process to be killed: merges the recorded run. */
final class MergerVictim {
  static final Settings SETTINGS =
      SettingsReader.read(
          Optional.empty(),
          Optional.empty(),
          List.of(
              "run.name=" + RecordedRun.NAME,
              "kafka.trajectoryPartitions=" + RecordedRun.TOPICS.trajectoryPartitions(),
              "teacher.rule=ema",
              "teacher.alpha=0.5",
              "teacher.everyCheckpoints=1"));

  private MergerVictim() {}

  /**
   * Returns only if the merger fails; asked to end, the process closes it.
   *
   * @param arguments the broker's address, the blobs' folder, the state's folder, settings
   */
  public static void main(String[] arguments) {
    var blobs = new FolderBlobStore(Path.of(arguments[1]));
    var settings =
        SettingsReader.changed(SETTINGS, List.of(arguments).subList(3, arguments.length));
    try (var merger =
        MergerService.start(settings, new Cluster(arguments[0]), blobs, Path.of(arguments[2]))) {
      Runtime.getRuntime().addShutdownHook(new Thread(merger::close));
      merger.ended().join();
    }
  }
}
