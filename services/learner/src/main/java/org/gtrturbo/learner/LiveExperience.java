package org.gtrturbo.learner;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.gtrturbo.agents.StartingPolicy;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetterTopic;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;

/** A warm start, and the turns that actors publish, as they come. */
record LiveExperience(
    Settings settings,
    StartingPolicy policy,
    Cluster cluster,
    TopicCatalogue topics,
    BlobStore blobs)
    implements Experience {
  private static final String SOURCE = "learner";
  private static final int LEAST_READ_AHEAD = 1024;

  @Override
  public boolean isLive() {
    return true;
  }

  @Override
  public Optional<WarmStart.Result> base(BooleanSupplier stopping, LearnerListener listener) {
    return new WarmStart(settings, policy).train(stopping, listener);
  }

  @Override
  public Batches openBehind(Checkpoint checkpoint) {
    var reader =
        EventReader.open(
            cluster,
            topics.trajectories(),
            SOURCE + "-" + topics.run(),
            new DeadLetterTopic(cluster, topics.deadLetters(), SOURCE));
    int capacity = Math.max(LEAST_READ_AHEAD, 2 * settings.learner().turnsPerUpdate());
    return new LiveBatches(
        TurnFeed.start(reader, checkpoint.getProgress(), capacity),
        assembler(checkpoint),
        new RecordedRun(cluster, topics, blobs));
  }

  private BatchAssembler assembler(Checkpoint checkpoint) {
    PolicySpec spec = policy.spec();
    var guidance = Losses.guidance(settings, spec);
    return new BatchAssembler(
        new BatchAssembler.Rules(
            settings.learner().turnsPerUpdate(),
            settings.learner().maxStalenessVersions(),
            new TurnRules(settings.environment().name(), spec, guidance)),
        checkpoint.getVersion(),
        checkpoint.getProgress());
  }

  private record LiveBatches(TurnFeed turns, BatchAssembler assembler, RecordedRun own)
      implements Batches {
    @Override
    public void recall(Checkpoint checkpoint, LessonBuffer lessons) throws InterruptedException {
      RecordedLessons.recall(own, TurnGuide.asRecorded(), checkpoint.getVersion(), lessons);
    }

    @Override
    public Next next(Checkpoint parent) throws InterruptedException {
      assembler.startVersion(parent.getVersion());
      Optional<Batch> batch = Optional.empty();
      while (batch.isEmpty()) {
        Optional<Received<Turn>> record = turns.next();
        if (record.isEmpty()) {
          return new Stopped();
        }
        assembler.add(record.get());
        batch = assembler.takeBatch();
      }
      return new Ready(batch.get());
    }

    @Override
    public void end() {
      turns.end();
    }

    @Override
    public void close() {
      turns.close();
    }
  }
}
