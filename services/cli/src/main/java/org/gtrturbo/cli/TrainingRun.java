package org.gtrturbo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.gtrturbo.actor.ActorIdentity;
import org.gtrturbo.actor.ActorListener;
import org.gtrturbo.actor.ActorService;
import org.gtrturbo.agents.Computing;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lab.EvaluationFollower;
import org.gtrturbo.lab.EvaluationSchedule;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.learner.LearnerListener;
import org.gtrturbo.learner.LearnerOutcome;
import org.gtrturbo.learner.LearnerService;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.merger.MergerService;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;

/**
 * All services of one run in this process, from where the run stands to its end or until it is
 * stopped.
 */
public final class TrainingRun {
  private static final Duration BROKER_ANSWERS_WITHIN = Duration.ofSeconds(10);
  private static final Duration LAST_TEACHER_WITHIN = Duration.ofSeconds(20);

  private final Settings settings;
  private final RunFolder folder;
  private final Optional<OpenedRun> recorded;
  private final Stop stop;
  private final LearnerListener listener;
  private final Instant startedAt = Instant.now();

  TrainingRun(Settings settings, RunFolder folder, Stop stop) {
    this(settings, folder, Optional.empty(), stop, LearnerListener.none());
  }

  private TrainingRun(
      Settings settings,
      RunFolder folder,
      Optional<OpenedRun> recorded,
      Stop stop,
      LearnerListener listener) {
    this.settings = settings;
    this.folder = folder;
    this.recorded = recorded;
    this.stop = stop;
    this.listener = listener;
  }

  /**
   * A run to its end, which only a failure stops.
   *
   * @param folder made where it is missing; a run that it holds is continued
   * @param listener told of every new version before the run goes on
   */
  public static TrainingRun toItsEnd(Settings settings, Path folder, LearnerListener listener) {
    return new TrainingRun(
        settings, RunFolder.create(folder), Optional.empty(), new Stop(), listener);
  }

  /**
   * A run that is trained on what another one recorded, without actors.
   *
   * @param recorded stays open for as long as this run goes on
   */
  static TrainingRun replaying(OpenedRun recorded, Settings settings, RunFolder folder, Stop stop) {
    return new TrainingRun(settings, folder, Optional.of(recorded), stop, LearnerListener.none());
  }

  /**
   * Trains, evaluates and exports.
   *
   * @return what the run came to; empty where it was stopped before it had a policy
   */
  public Optional<RunSummary> execute() {
    Logging.toFile(folder.log());
    // Before a broker is started for it.
    RunOptions.requireSameSettings(folder, settings);
    recorded.ifPresentOrElse(
        from -> LearnerService.check(settings, from.log()), () -> LearnerService.check(settings));
    Computing.settle(settings);
    try (RunBroker broker = RunBroker.of(settings, folder)) {
      Cluster cluster = broker.cluster();
      cluster.check(BROKER_ANSWERS_WITHIN);
      TopicCatalogue topics =
          new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
      TopicAdmin.create(cluster, topics.all());
      BlobStore blobs = new FolderBlobStore(folder.blobs());
      RunLog log = new RunLog(settings, cluster, startedAt, recorded.map(OpenedRun::name));
      log.begin(new RecordedRun(cluster, topics, blobs), true);
      Texts.write(folder.settings(), SettingsWriter.toYaml(settings).getBytes(UTF_8));
      try {
        Progress progress = new Progress();
        boolean completed = train(cluster, topics, blobs, progress);
        if (!completed) {
          // Before the scores are taken: who stops a process may not wait for those.
          log.announce(RunStatus.STOPPED);
        }
        Optional<RunSummary> summary =
            new RunResult(settings, replay(cluster, topics), folder, cluster, topics, blobs)
                .write(completed, startedAt, progress.times());
        if (completed) {
          log.announce(RunStatus.COMPLETED);
        }
        return summary;
      } catch (RuntimeException failed) {
        log.announceFailed(failed);
        throw failed;
      }
    }
  }

  /** Whether the run got to its end. */
  private boolean train(
      Cluster cluster, TopicCatalogue topics, BlobStore blobs, Progress progress) {
    String run = settings.run().name();
    try (LiveView view = LiveView.open(run, settings.environment().name(), settings.run().turns());
        var checkpoints = follow(cluster, topics.checkpoints(), view::add);
        var teachers = follow(cluster, topics.teachers(), view::add);
        var metrics = follow(cluster, topics.metrics(), view::add);
        MergerService merger = MergerService.start(settings, cluster, blobs, folder.mergerState());
        EvaluationFollower evaluation =
            EvaluationFollower.start(
                settings,
                cluster,
                blobs,
                recorded.isPresent() ? EvaluationSchedule.DENSE : EvaluationSchedule.LIGHT);
        Players players =
            recorded.isPresent() ? Players.none() : Players.start(settings, cluster, blobs);
        LearnerService learner = learner(cluster, blobs, progress.tellingAlso(view, listener))) {
      CompletableFuture<LearnerOutcome> learned = learner.outcome();
      new RunParts(
              List.of(
                  new RunParts.Part(merger.ended(), merger::throwIfFailed),
                  new RunParts.Part(players.ended(), players::throwIfFailed),
                  new RunParts.Part(learned, learner::throwIfFailed),
                  new RunParts.Part(evaluation.ended(), evaluation::throwIfFailed),
                  new RunParts.Part(checkpoints.ended(), checkpoints::throwIfFailed),
                  new RunParts.Part(teachers.ended(), teachers::throwIfFailed),
                  new RunParts.Part(metrics.ended(), metrics::throwIfFailed)))
          .awaitFirstEnd(stop.asked());
      if (learned.isDone() && learned.join() == LearnerOutcome.FENCED) {
        throw new UsageException(
            "another learner of run "
                + run
                + " has taken over; stop it before this one is started");
      }
      boolean completed = learned.isDone() && learned.join() == LearnerOutcome.COMPLETED;
      if (completed) {
        awaitLastTeacher(cluster, topics, merger);
      }
      return completed;
    }
  }

  private LearnerService learner(Cluster cluster, BlobStore blobs, LearnerListener told) {
    return recorded
        .map(from -> LearnerService.replay(settings, cluster, blobs, from.log(), told))
        .orElseGet(() -> LearnerService.start(settings, cluster, blobs, told));
  }

  private Optional<RunSummary.Replay> replay(Cluster cluster, TopicCatalogue topics) {
    return recorded.map(
        from ->
            new RunSummary.Replay(
                from.name(),
                from.changedBy(settings),
                from.versionsSharedWith(
                    new RecordedRun(cluster, topics, new FolderBlobStore(folder.blobs())))));
  }

  /** The actor of a live run; a replay has none. */
  private record Players(Optional<ActorService> actor) implements AutoCloseable {
    static Players none() {
      return new Players(Optional.empty());
    }

    static Players start(Settings settings, Cluster cluster, BlobStore blobs) {
      return new Players(
          Optional.of(
              ActorService.start(
                  settings,
                  cluster,
                  blobs,
                  ActorIdentity.startedNow("actor"),
                  ActorListener.NONE)));
    }

    CompletableFuture<?> ended() {
      return actor.<CompletableFuture<?>>map(ActorService::ended).orElseGet(CompletableFuture::new);
    }

    void throwIfFailed() {
      actor.ifPresent(ActorService::throwIfFailed);
    }

    @Override
    public void close() {
      actor.ifPresent(ActorService::close);
    }
  }

  private static <T extends org.apache.avro.specific.SpecificRecord> TopicFollower<T> follow(
      Cluster cluster, Topic<T> topic, java.util.function.Consumer<T> listener) {
    return TopicFollower.start(
        cluster,
        topic,
        "view-" + topic.name(),
        DeadLetters.logged("view"),
        event -> listener.accept(event.value()));
  }

  /** The teacher that the last checkpoints are merged into may come a moment after them. */
  private void awaitLastTeacher(Cluster cluster, TopicCatalogue topics, MergerService merger) {
    long newest =
        EventReader.latest(cluster, topics.checkpoints())
            .map(event -> event.value().getVersion())
            .orElse(0L);
    LastTeacher.await(
        cluster, topics, merger, settings.teacher(), newest, LAST_TEACHER_WITHIN, folder.log());
  }

  /** When the learner got where, as this process saw it. */
  private static final class Progress {
    private final List<Times.Mark> marks = Collections.synchronizedList(new ArrayList<>());

    LearnerListener tellingAlso(LiveView view, LearnerListener listener) {
      return new LearnerListener() {
        @Override
        public void warmStart(int step, int steps, double loss) {
          view.warmStart(step, steps, loss);
        }

        @Override
        public void resumed(Checkpoint checkpoint) {
          marks.add(new Times.Mark(Instant.now(), checkpoint.getTurnsTrained()));
          view.add(checkpoint);
          view.say(
              "goes on from version "
                  + checkpoint.getVersion()
                  + ", trained on "
                  + checkpoint.getTurnsTrained()
                  + " turns");
        }

        @Override
        public void updated(Checkpoint checkpoint, LedgerEntry entry, Map<String, Double> metrics) {
          marks.add(new Times.Mark(Instant.now(), checkpoint.getTurnsTrained()));
          listener.updated(checkpoint, entry, metrics);
        }
      };
    }

    Times times() {
      return new Times(List.copyOf(marks));
    }
  }

  /**
   * Marks of turns trained over time; the first is the warm start's end, or where the run was taken
   * up again.
   */
  record Times(List<Mark> marks) {
    record Mark(Instant at, long turns) {}

    double trainingSeconds() {
      return marks.size() < 2 ? 0 : between(marks.getFirst().at(), marks.getLast().at());
    }

    double turnsPerSecond() {
      double seconds = trainingSeconds();
      return seconds == 0 ? 0 : (marks.getLast().turns() - marks.getFirst().turns()) / seconds;
    }

    double warmStartSeconds(Instant startedAt) {
      return marks.isEmpty() || marks.getFirst().turns() > 0
          ? 0
          : between(startedAt, marks.getFirst().at());
    }

    private static double between(Instant from, Instant to) {
      return Duration.between(from, to).toMillis() / 1000.0;
    }
  }

  /** Whether the folder says that this run is complete already. */
  static Optional<RunSummary> completed(RunFolder folder) {
    return Optional.of(folder.summary())
        .filter(Files::exists)
        .map(RunSummary::read)
        .filter(summary -> summary.ending() == RunSummary.Ending.COMPLETED);
  }
}
