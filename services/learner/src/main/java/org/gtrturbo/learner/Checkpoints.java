package org.gtrturbo.learner;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.stream.IntStream;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.learner.OffsetLedger.Entry;
import org.gtrturbo.lineage.CheckpointHash;
import org.gtrturbo.lineage.LedgerDigest;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsWriter;
import org.gtrturbo.policy.Parameters;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.TrainingSetup;
import org.gtrturbo.policy.training.TrainingState;
import org.gtrturbo.policy.training.Update;

/** Stores training states as blobs and describes them as checkpoint and ledger events. */
final class Checkpoints {
  private final Settings settings;
  private final String settingsHash;
  private final PolicySpec spec;
  private final WeightBlobs blobs;
  private final TrainingSetup setup;

  Checkpoints(Settings settings, PolicySpec spec, BlobStore store) {
    this.settings = settings;
    this.settingsHash = SettingsWriter.hash(settings);
    this.spec = spec;
    this.blobs = new WeightBlobs(store);
    this.setup = TrainingSetups.of(settings, spec);
  }

  /** The state that version 0 holds. */
  TrainingState start(Parameters parameters) {
    return TrainingSetups.start(settings, setup, parameters);
  }

  /** A version that is stored but not committed, with what its ledger entry says. */
  record Draft(Checkpoint checkpoint, LedgerEntry ledgerEntry) {}

  /** Version 0: nothing is trained on and nothing settled. */
  Draft first(TrainingState state, Map<String, Double> losses) {
    List<PartitionProgress> start =
        IntStream.range(0, settings.kafka().trajectoryPartitions())
            .mapToObj(partition -> new PartitionProgress(partition, 0L, List.of()))
            .toList();
    Entry nothing = new Entry(List.of(), ByteBuffer.allocate(0), List.of(), start, List.of());
    Checkpoint.Builder checkpoint =
        described(state, losses, nothing).setVersion(0).setParentHash("").setTurnsTrained(0);
    return draft(checkpoint, ledgerEntry(nothing, List.of()));
  }

  /** The version behind {@code parent} that an update on {@code batch} has made. */
  Draft next(Checkpoint parent, Update update, Batch batch) {
    List<PlacedTurn> turns = batch.turns();
    Checkpoint.Builder checkpoint =
        described(update.state(), update.report(), batch.account())
            .setVersion(parent.getVersion() + 1)
            .setParentHash(parent.getHash())
            .setTurnsTrained(parent.getTurnsTrained() + turns.size());
    LedgerEntry.Builder entry = ledgerEntry(batch.account(), turns);
    return draft(checkpoint, entry.setEpisodesTrained(batch.episodes().size()));
  }

  /**
   * @throws IllegalStateException if the checkpoint is of another policy than the settings'
   */
  LearnedPolicy load(Checkpoint checkpoint) {
    if (!blobs.loadSpec(checkpoint.getPolicy()).equals(spec)) {
      throw new IllegalStateException(
          "checkpoint "
              + checkpoint.getVersion()
              + " of run "
              + checkpoint.getRun()
              + " is of another policy than the settings describe; resume with the run's own"
              + " policy and environment settings, or start another run");
    }
    try {
      return new LearnedPolicy(
          checkpoint,
          setup.resume(
              blobs.tensors(checkpoint.getTensors()),
              blobs.tensors(checkpoint.getOptimizer()),
              checkpoint.getOptimizerSteps()));
    } catch (IllegalArgumentException unfit) {
      throw new IllegalStateException(
          "training cannot go on from checkpoint "
              + checkpoint.getVersion()
              + " of run "
              + checkpoint.getRun()
              + ": "
              + unfit.getMessage(),
          unfit);
    }
  }

  private Checkpoint.Builder described(
      TrainingState state, Map<String, Double> losses, Entry account) {
    return Checkpoint.newBuilder()
        .setRun(settings.run().name())
        .setHash("")
        .setSettingsHash(settingsHash)
        .setPolicy(blobs.storeSpec(spec))
        .setTensors(blobs.storeTensors(state.tensors()))
        .setOptimizer(blobs.storeTensors(state.optimizerTensors()))
        .setOptimizerSteps(state.steps())
        .setBatch(account.trained())
        .setLedgerDigest(
            LedgerDigest.of(account.trained(), account.trainedDigests(), account.leftOut()))
        .setProgress(account.progress())
        .setConsumed(account.consumed())
        .setLosses(losses)
        .setCreatedAt(Instant.now());
  }

  private LedgerEntry.Builder ledgerEntry(Entry account, List<PlacedTurn> turns) {
    LongSummaryStatistics versions =
        turns.stream().mapToLong(each -> each.turn().getPolicyVersion()).summaryStatistics();
    return LedgerEntry.newBuilder()
        .setRun(settings.run().name())
        .setTrained(account.trained())
        .setTrainedDigests(account.trainedDigests())
        .setTurnsTrained(account.trained().stream().mapToLong(OffsetLedger::length).sum())
        .setEpisodesTrained(0)
        .setOldestPolicyVersion(turns.isEmpty() ? 0 : versions.getMin())
        .setNewestPolicyVersion(turns.isEmpty() ? 0 : versions.getMax())
        .setLeftOut(account.leftOut());
  }

  private static Draft draft(Checkpoint.Builder unhashed, LedgerEntry.Builder entry) {
    String hash = CheckpointHash.of(unhashed.build());
    Checkpoint checkpoint = unhashed.setHash(hash).build();
    return new Draft(
        checkpoint,
        entry
            .setVersion(checkpoint.getVersion())
            .setCheckpointHash(hash)
            .setCreatedAt(checkpoint.getCreatedAt())
            .build());
  }
}
