package org.gtrturbo.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.gtrturbo.platform.settings.SettingsWriter;

/**
 * A recorded run with its log open: that in its folder, or that on the cluster where it was
 * recorded.
 */
final class OpenedRun implements AutoCloseable {
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(20);

  private final Settings settings;
  private final RunFolder folder;
  private final RecordedRun log;
  private final RunBroker broker;

  private OpenedRun(Settings settings, RunFolder folder, RecordedRun log, RunBroker broker) {
    this.settings = settings;
    this.folder = folder;
    this.log = log;
    this.broker = broker;
  }

  /**
   * Opens a run by its folder.
   *
   * @throws UsageException if there is no such run
   */
  static OpenedRun open(Path path, GivenCluster cluster) {
    Settings settings = settingsOf(path, cluster);
    RunFolder folder = new RunFolder(path);
    if (settings.kafka().bootstrap().isEmpty() && !Files.isDirectory(folder.broker())) {
      throw new UsageException("the run in " + path + " has no log; give --bootstrap HOST:PORT");
    }
    RunBroker broker = RunBroker.reading(settings, folder);
    try {
      if (settings.kafka().bootstrap().isPresent()) {
        // A broker on the run's own folder is up when its address is known.
        broker.cluster().check(ANSWERS_WITHIN);
      }
      var topics =
          new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
      var log = new RecordedRun(broker.cluster(), topics, new FolderBlobStore(folder.blobs()));
      return new OpenedRun(settings, folder, log, broker);
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  /**
   * What a run was started with, but for the cluster that is given.
   *
   * @throws UsageException if there is no such run
   */
  static Settings settingsOf(Path path, GivenCluster cluster) {
    Path file = new RunFolder(path).settings();
    Optional<Settings> recorded =
        Files.isRegularFile(file)
            ? Optional.of(SettingsReader.parse(file.toString(), Texts.read(file)))
            : cluster.cluster().flatMap(found -> announced(found, path));
    Settings settings =
        recorded.orElseThrow(
            () ->
                new UsageException(
                    "there is no run in "
                        + path
                        + "; name one that gtr run has made, or its folder, or give the --bootstrap"
                        + " of its cluster"));
    return SettingsReader.changed(settings, cluster.changes());
  }

  /** What the cluster says that a run of services, which keep no settings, was started with. */
  private static Optional<Settings> announced(Cluster cluster, Path path) {
    cluster.check(ANSWERS_WITHIN);
    String name = String.valueOf(path.getFileName());
    return RecordedRun.description(cluster, name)
        .map(run -> SettingsReader.parse("the settings of run " + name, run.getSettings()));
  }

  String name() {
    return settings.run().name();
  }

  Settings settings() {
    return settings;
  }

  RunFolder folder() {
    return folder;
  }

  RecordedRun log() {
    return log;
  }

  /** The run that this one replays, where it replays one. */
  Optional<String> replayOf() {
    return log.description().map(Run::getReplayOf).filter(of -> !of.isEmpty());
  }

  /** What these settings change of what is trained, as {@code name: before -> after}. */
  List<String> changedBy(Settings other) {
    return SettingsWriter.differences(settings, other).stream()
        .filter(SettingsWriter.Difference::trained)
        .map(SettingsWriter.Difference::toString)
        .toList();
  }

  /** How many versions of the other run, from 0, have the hash that this one's have. */
  long versionsSharedWith(RecordedRun other) {
    List<Checkpoint> here = log.checkpoints();
    List<Checkpoint> there = other.checkpoints();
    int shared = 0;
    while (shared < Math.min(here.size(), there.size())
        && here.get(shared).getHash().equals(there.get(shared).getHash())) {
      shared++;
    }
    return shared;
  }

  @Override
  public void close() {
    broker.close();
  }
}
