package org.gtrturbo.learner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.Turn;
import org.gtrturbo.learner.Batch.Episode;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.lineage.RecordedTurns;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.TrainingState;

/**
 * What a recorded run learned from: its version 0, and for every version behind it the very turns
 * that its batch manifest names, whatever the order in which they were read then.
 */
final class RecordedExperience implements Experience {
  private final RecordedRun recorded;
  private final List<Version> versions;
  private final Settings settings;
  private final PolicySpec spec;
  private final Cluster cluster;
  private final BlobStore blobs;

  /** A committed version and what was committed with it. */
  private record Version(Checkpoint checkpoint, LedgerEntry entry) {}

  /**
   * Guided as they were recorded where the settings are those of the recorded run, else by the
   * teachers of the run that is trained on it.
   *
   * @param settings of that run
   * @param cluster that has its teachers
   * @param blobs that have their weights
   * @throws IllegalStateException if the recorded run has not even a version 0
   */
  RecordedExperience(
      RecordedRun recorded, Settings settings, PolicySpec spec, Cluster cluster, BlobStore blobs) {
    this.recorded = recorded;
    this.settings = settings;
    this.spec = spec;
    this.cluster = cluster;
    this.blobs = blobs;
    this.versions = versions(recorded);
    if (versions.isEmpty()) {
      throw new IllegalStateException(
          "run "
              + recorded.name()
              + " has no checkpoint that a replay could begin with; let it run beyond its warm"
              + " start first");
    }
  }

  private static List<Version> versions(RecordedRun recorded) {
    List<Checkpoint> checkpoints = recorded.checkpoints();
    List<LedgerEntry> ledger = recorded.ledger();
    List<Version> versions = new ArrayList<>();
    for (int version = 0; version < checkpoints.size(); version++) {
      Checkpoint checkpoint = checkpoints.get(version);
      if (checkpoint.getVersion() != version
          || version >= ledger.size()
          || ledger.get(version).getVersion() != version) {
        throw new IllegalStateException(
            "the log of run "
                + recorded.name()
                + " lacks version "
                + version
                + " or its ledger entry; gtr verify says more");
      }
      versions.add(new Version(checkpoint, ledger.get(version)));
    }
    return List.copyOf(versions);
  }

  @Override
  public boolean isLive() {
    return false;
  }

  @Override
  public Optional<WarmStart.Result> base(BooleanSupplier stopping, LearnerListener listener) {
    Checkpoint first = versions.getFirst().checkpoint();
    var weights = new WeightBlobs(recorded.blobs()).load(first);
    return Optional.of(
        new WarmStart.Result(
            TrainingState.starting(weights.parameters()), Map.copyOf(first.getLosses())));
  }

  @Override
  public Batches openBehind(Checkpoint checkpoint) {
    return new RecordedBatches(recorded.turnsBehind(checkpoint), guide());
  }

  private TurnGuide guide() {
    String settingsThen = versions.getFirst().checkpoint().getSettingsHash();
    return settingsThen.equals(SettingsWriter.hash(settings))
        ? TurnGuide.asRecorded()
        : ReplayedTeachers.of(settings, spec, cluster, blobs);
  }

  private final class RecordedBatches implements Batches {
    private final RecordedTurns turns;
    private final TurnGuide guide;
    private volatile boolean ended;

    RecordedBatches(RecordedTurns turns, TurnGuide guide) {
      this.turns = turns;
      this.guide = guide;
    }

    @Override
    public Next next(Checkpoint parent) throws InterruptedException {
      if (ended) {
        return new Stopped();
      }
      if (parent.getVersion() + 1 >= versions.size()) {
        return new Exhausted();
      }
      Version version = versions.get(Math.toIntExact(parent.getVersion() + 1));
      try {
        return new Ready(new Batch(episodes(turns.take(version.entry()), guide), account(version)));
      } catch (InterruptedException e) {
        if (ended) {
          return new Stopped();
        }
        throw e;
      }
    }

    @Override
    public void recall(Checkpoint checkpoint, LessonBuffer lessons) throws InterruptedException {
      RecordedLessons.recall(recorded, guide, checkpoint.getVersion(), lessons);
    }

    @Override
    public void end() {
      ended = true;
      guide.end();
    }

    @Override
    public void close() {
      try (turns) {
        guide.close();
      }
    }
  }

  private static List<Episode> episodes(List<Received.Event<Turn>> records, TurnGuide guide)
      throws InterruptedException {
    List<Turn> guided = guide.guide(records.stream().map(Received.Event::value).toList());
    Map<EpisodeKey, List<PlacedTurn>> episodes = new LinkedHashMap<>();
    for (int index = 0; index < records.size(); index++) {
      var record = records.get(index);
      Turn turn = guided.get(index);
      episodes
          .computeIfAbsent(
              new EpisodeKey(turn.getEpisodeId(), turn.getAttempt()), _ -> new ArrayList<>())
          .add(new PlacedTurn(record.partition(), record.offset(), turn));
    }
    return episodes.values().stream().map(Episode::new).toList();
  }

  private record EpisodeKey(String id, int attempt) {}

  private static OffsetLedger.Entry account(Version version) {
    return new OffsetLedger.Entry(
        version.entry().getTrained(),
        version.entry().getTrainedDigests(),
        version.entry().getLeftOut(),
        version.checkpoint().getProgress(),
        version.checkpoint().getConsumed());
  }
}
