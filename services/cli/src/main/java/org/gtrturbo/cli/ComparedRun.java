package org.gtrturbo.cli;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lab.RunCurves;
import org.gtrturbo.lab.RunStanding;
import org.gtrturbo.lab.RunStanding.Reached;
import org.gtrturbo.lab.RunState;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.UnreachableClusterException;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;

/**
 * A run as its folder and its log hold it, whether it has ended or not.
 *
 * @param curves empty where there is no log, or nothing on it
 * @param remarks what is missing or unfinished, a sentence each
 */
record ComparedRun(RunStanding standing, RunCurves curves, List<String> remarks) {
  private static final Duration BROKER_ANSWERS_WITHIN = Duration.ofSeconds(20);

  ComparedRun {
    remarks = List.copyOf(remarks);
  }

  /** What a run's log says of it. */
  private record Logged(RunCurves curves, Optional<Run> description) {
    static final Logged NOTHING = new Logged(new RunCurves(), Optional.empty());

    Optional<RunStatus> status() {
      return description.map(Run::getStatus);
    }

    Optional<String> replayOf() {
      return description.map(Run::getReplayOf).filter(of -> !of.isEmpty());
    }
  }

  /**
   * Reads the log of a run that is going on from its broker; of another, a broker is started on its
   * data while it is read.
   *
   * @throws UsageException if the folder is not that of a run
   */
  static ComparedRun read(RunFolder folder) {
    Settings settings = settings(folder);
    Optional<RunSummary> summary =
        Optional.of(folder.summary()).filter(Files::exists).map(RunSummary::read);
    List<String> remarks = new ArrayList<>();
    Logged logged = logged(folder, settings, remarks);
    RunStanding standing = standing(settings, summary, logged);
    remarks.addAll(remarks(standing, summary));
    return new ComparedRun(standing, logged.curves(), remarks);
  }

  private static Settings settings(RunFolder folder) {
    if (!Files.exists(folder.settings())) {
      throw new UsageException(
          folder.path()
              + " is not the folder of a run: it has no "
              + folder.settings().getFileName()
              + "; give the folder that gtr run has made");
    }
    return SettingsReader.parse(folder.settings().toString(), Texts.read(folder.settings()));
  }

  private static Logged logged(RunFolder folder, Settings settings, List<String> remarks) {
    String run = settings.run().name();
    Optional<Cluster> running =
        Cluster.named(settings.kafka())
            .or(() -> EmbeddedBroker.runningOn(folder.broker()).map(Cluster::new));
    if (running.isEmpty() && !Files.exists(folder.broker())) {
      remarks.add(run + " has no log in " + folder.broker() + ", so no curve");
      return Logged.NOTHING;
    }
    Logging.toFile(folder.log());
    Logged logged;
    try {
      logged =
          running.isPresent()
              ? logged(folder, running.get(), settings)
              : fromData(folder, settings);
    } catch (UnreachableClusterException unreachable) {
      remarks.add(run + " has no curve: " + unreachable.getMessage());
      return Logged.NOTHING;
    }
    if (logged.curves().isEmpty()) {
      remarks.add(run + " has no curve: there are no metrics of it, which Kafka keeps for 7 days");
    }
    return logged;
  }

  private static Logged fromData(RunFolder folder, Settings settings) {
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.broker())) {
      return logged(folder, new Cluster(broker.bootstrap()), settings);
    }
  }

  private static Logged logged(RunFolder folder, Cluster cluster, Settings settings) {
    cluster.check(BROKER_ANSWERS_WITHIN);
    String run = settings.run().name();
    var topics = new TopicCatalogue(run, settings.kafka().trajectoryPartitions());
    RunCurves curves = RunCurves.read(cluster, topics);
    return new Logged(
        curves,
        new RecordedRun(cluster, topics, new FolderBlobStore(folder.blobs())).description());
  }

  private static RunStanding standing(
      Settings settings, Optional<RunSummary> summary, Logged logged) {
    Reached onLog = logged.curves().reached();
    RunStanding summed =
        summary
            .map(written -> RunStanding.of(settings, written))
            .orElseGet(
                () ->
                    new RunStanding(
                        RunStanding.label(settings.run().name(), logged.replayOf()),
                        settings,
                        RunState.NOT_ENDED,
                        onLog,
                        Optional.empty()));
    return new RunStanding(
        summed.label(),
        settings,
        // A summary is written before the log says so.
        summed.state() == RunState.COMPLETE
            ? RunState.COMPLETE
            : logged.status().map(ComparedRun::state).orElse(summed.state()),
        onLog.turns() > summed.reached().turns() ? onLog : summed.reached(),
        summed.results());
  }

  private static RunState state(RunStatus status) {
    return switch (status) {
      case STARTED -> RunState.NOT_ENDED;
      case STOPPED -> RunState.STOPPED;
      case COMPLETED -> RunState.COMPLETE;
      case FAILED -> RunState.FAILED;
    };
  }

  private static List<String> remarks(RunStanding standing, Optional<RunSummary> summary) {
    List<String> remarks = new ArrayList<>();
    String run = standing.label();
    switch (standing.state()) {
      case COMPLETE -> {}
      case STOPPED -> remarks.add(run + " was stopped before its end; what there is is drawn");
      case FAILED -> remarks.add(run + " has failed before its end; what there is is drawn");
      case NOT_ENDED -> remarks.add(run + " is going on, or was killed; what there is is drawn");
    }
    long turns = standing.reached().turns();
    summary
        .map(written -> written.progress().turns())
        .ifPresentOrElse(
            summed -> {
              if (summed < turns) {
                remarks.add(
                    String.format(
                        Locale.ROOT,
                        "%s was summed up after %,d turns and is at %,d now; its success rates"
                            + " are those of then",
                        run,
                        summed,
                        turns));
              }
            },
            () ->
                remarks.add(
                    run
                        + " has no "
                        + RunSummary.FILE_NAME
                        + ", so no success rates; a run writes it at its end or when it is"
                        + " stopped"));
    return remarks;
  }
}
