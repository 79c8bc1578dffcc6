package org.gtrturbo.learner;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.MetricNames;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.EventPublisher;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.TrainingTurn.Lesson;
import org.gtrturbo.policy.training.Update;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * batch → update → commit, again and again.
 *
 * <p>A version counts when checkpoint, ledger entry and offsets are committed together, and not
 * before: whoever is killed at any moment leaves the version before behind, and the next learner
 * goes on from there, from the same turns.
 */
final class LearnerLoop {
  private static final Logger LOG = LoggerFactory.getLogger(LearnerLoop.class);
  private static final String SOURCE = MetricNames.LEARNER;

  private final Settings settings;
  private final Cluster cluster;
  private final TopicCatalogue topics;
  private final Experience experience;
  private final LearnerListener listener;
  private final PolicySpec spec;
  private final Checkpoints checkpoints;
  private volatile boolean stopping;
  private volatile Experience.@Nullable Batches batches;

  /**
   * @throws IllegalArgumentException if turns cannot carry what the guidance looks at
   */
  LearnerLoop(
      Settings settings,
      PolicySpec spec,
      Cluster cluster,
      BlobStore blobs,
      Experience experience,
      LearnerListener listener) {
    // Before anything is trained or played, and not at the first update.
    var _ = Losses.guidance(settings, spec);
    this.settings = settings;
    this.spec = spec;
    this.cluster = cluster;
    this.topics =
        new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    this.experience = experience;
    this.listener = listener;
    this.checkpoints = new Checkpoints(settings, spec, blobs);
  }

  /** Learns until the run has its turns, {@link #stop} is called, or a newer learner takes over. */
  LearnerOutcome run() throws InterruptedException {
    try (var log = CheckpointLog.open(cluster, topics, experience.isLive());
        var metrics = cluster.publisher(topics.metrics(), SOURCE + "-metrics")) {
      Optional<LearnedPolicy> start = start(log, metrics);
      if (start.isEmpty()) {
        return LearnerOutcome.STOPPED;
      }
      LearnerOutcome outcome = learn(start.get(), log, metrics);
      LOG.info("run={} learner {}", topics.run(), outcome);
      return outcome;
    } catch (CheckpointLog.Fenced e) {
      LOG.info("run={} a newer learner has taken over; this one stops", topics.run());
      return LearnerOutcome.FENCED;
    }
  }

  /** Ends the run after the update that is under way. From any thread. */
  void stop() {
    stopping = true;
    Experience.Batches open = batches;
    if (open != null) {
      open.end();
    }
  }

  /** The newest committed version, or else version 0; empty where stopped before. */
  private Optional<LearnedPolicy> start(CheckpointLog log, EventPublisher<Metric> metrics)
      throws CheckpointLog.Fenced {
    Optional<Checkpoint> newest = log.newest();
    if (newest.isPresent()) {
      LearnedPolicy learned = checkpoints.load(newest.get());
      LOG.info("run={} v={} learning goes on", topics.run(), newest.get().getVersion());
      listener.resumed(newest.get());
      return Optional.of(learned);
    }
    var base = experience.base(() -> stopping, listener);
    if (base.isEmpty()) {
      return Optional.empty();
    }
    var state = checkpoints.start(base.get().state().parameters());
    var losses = base.get().losses();
    Checkpoints.Draft first = checkpoints.first(state, losses);
    commit(first, losses, log, metrics);
    return Optional.of(new LearnedPolicy(first.checkpoint(), state));
  }

  private LearnerOutcome learn(
      LearnedPolicy start, CheckpointLog log, EventPublisher<Metric> metrics)
      throws CheckpointLog.Fenced, InterruptedException {
    LearnedPolicy learned = start;
    try (var opened = open(learned.checkpoint());
        var ppo = new PpoUpdate(spec, settings)) {
      LessonBuffer lessons = LessonBuffer.of(settings, spec);
      if (!recalled(opened, learned.checkpoint(), lessons)) {
        return LearnerOutcome.STOPPED;
      }
      while (learned.checkpoint().getTurnsTrained() < settings.run().turns()) {
        switch (opened.next(learned.checkpoint())) {
          case Experience.Ready(Batch batch) -> {
            lessons.add(batch.turns());
            learned = update(learned, batch, lessons.all(), ppo, log, metrics);
          }
          case Experience.Stopped() -> {
            return LearnerOutcome.STOPPED;
          }
          case Experience.Exhausted() -> {
            return LearnerOutcome.COMPLETED;
          }
        }
      }
      return LearnerOutcome.COMPLETED;
    } finally {
      batches = null;
    }
  }

  /** Whether the lessons are there; they are not where this was stopped before. */
  private boolean recalled(Experience.Batches opened, Checkpoint checkpoint, LessonBuffer lessons)
      throws InterruptedException {
    try {
      opened.recall(checkpoint, lessons);
      return true;
    } catch (InterruptedException e) {
      if (stopping) {
        return false;
      }
      throw e;
    }
  }

  private Experience.Batches open(Checkpoint checkpoint) {
    Experience.Batches opened = experience.openBehind(checkpoint);
    batches = opened;
    if (stopping) {
      opened.end();
    }
    return opened;
  }

  private LearnedPolicy update(
      LearnedPolicy learned,
      Batch batch,
      List<Lesson> lessons,
      PpoUpdate ppo,
      CheckpointLog log,
      EventPublisher<Metric> metrics)
      throws CheckpointLog.Fenced {
    Checkpoint parent = learned.checkpoint();
    Instant began = Instant.now();
    Update update =
        ppo.update(
            learned.state(),
            batch.episodes(),
            lessons,
            parent.getVersion() + 1,
            parent.getTurnsTrained());
    Duration took = Duration.between(began, Instant.now());
    Checkpoints.Draft next = checkpoints.next(parent, update, batch);
    Map<String, Double> values = new LinkedHashMap<>(update.report());
    values.putAll(LearnerMetrics.of(batch, parent.getVersion(), began));
    values.put(LearnerMetrics.UPDATE_SECONDS, took.toMillis() / 1e3);
    values.put(LearnerMetrics.TURNS_TRAINED, (double) next.checkpoint().getTurnsTrained());
    commit(next, values, log, metrics);
    return new LearnedPolicy(next.checkpoint(), update.state());
  }

  private void commit(
      Checkpoints.Draft draft,
      Map<String, Double> values,
      CheckpointLog log,
      EventPublisher<Metric> metrics)
      throws CheckpointLog.Fenced {
    log.commit(draft);
    Checkpoint checkpoint = draft.checkpoint();
    LOG.info(
        "run={} v={} committed after {} turns",
        topics.run(),
        checkpoint.getVersion(),
        checkpoint.getTurnsTrained());
    metrics.publish(
        SOURCE,
        new Metric(
            topics.run(), SOURCE, checkpoint.getVersion(), values, checkpoint.getCreatedAt()));
    listener.updated(checkpoint, draft.ledgerEntry(), Map.copyOf(values));
  }
}
