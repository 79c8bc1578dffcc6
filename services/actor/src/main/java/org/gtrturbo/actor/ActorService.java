package org.gtrturbo.actor;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventPublisher;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.gtrturbo.platform.settings.Settings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One actor: plays environments with the newest checkpoint, scores each turn with the newest
 * teacher and publishes it. Any number of actors may play in a run, and none knows of the others.
 *
 * <p>It plays once checkpoint 0 and, where turns are guided, a teacher are there; it waits while
 * the log is too far ahead of the learner ({@link LagGate}).
 */
public final class ActorService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ActorService.class);

  private final Settings settings;
  private final ActorIdentity identity;
  private final ActorListener listener;
  private final PlayMeter meter = new PlayMeter();
  private final LagGate gate;
  private final FollowedWeights weights;
  private final BlobStore blobs;
  private final EventPublisher<Turn> turns;
  private final EventPublisher<Metric> metrics;
  private final List<Thread> threads = new ArrayList<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile @Nullable ActorWorkers workers;
  private volatile boolean surfaced;

  /**
   * How often and how long.
   *
   * @param metricsEvery between two metric events
   * @param retryAfter before a version that could not be loaded is tried again
   * @param patience the least that there is with a silent learner, see {@link LagGate.Patience}
   */
  record Pace(Duration metricsEvery, Duration retryAfter, Duration patience) {
    static final Pace USUAL =
        new Pace(Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(10));
  }

  private ActorService(
      Settings settings,
      Cluster cluster,
      BlobStore blobs,
      ActorIdentity identity,
      ActorListener listener,
      Pace pace) {
    this.settings = settings;
    this.identity = identity;
    this.listener = listener;
    this.gate = gate(settings, pace.patience());
    this.weights = new FollowedWeights(settings, blobs, gate, pace.retryAfter(), this::fail);
    this.blobs = blobs;
    TopicCatalogue topics = topics(settings);
    this.turns = cluster.publisher(topics.trajectories(), clientId() + "-turns");
    this.metrics = cluster.publisher(topics.metrics(), clientId() + "-metrics");
  }

  /**
   * Starts to play; returns when the actor knows what the run's topics hold.
   *
   * @param blobs where the weights of the run's checkpoints and teachers are
   * @throws IllegalArgumentException if the settings could let the learner wait for turns for ever,
   *     or the built-in policy, where it is to play, cannot play their environment
   */
  public static ActorService start(
      Settings settings,
      Cluster cluster,
      BlobStore blobs,
      ActorIdentity identity,
      ActorListener listener) {
    return start(settings, cluster, blobs, identity, listener, Pace.USUAL);
  }

  static ActorService start(
      Settings settings,
      Cluster cluster,
      BlobStore blobs,
      ActorIdentity identity,
      ActorListener listener,
      Pace pace) {
    requireRoomForABatch(settings);
    TopicAdmin.create(cluster, topics(settings).all());
    var service = new ActorService(settings, cluster, blobs, identity, listener, pace);
    try {
      service.begin(cluster, pace.metricsEvery());
      return service;
    } catch (RuntimeException e) {
      service.surfaced = true;
      service.close();
      throw e;
    }
  }

  /** Completes when the actor is closed, or exceptionally with what stopped it before. */
  public CompletableFuture<Void> ended() {
    return ended.copy();
  }

  /**
   * Throws what stopped the actor, if anything did.
   *
   * @throws ActorFailedException with what stopped it as its cause
   */
  public void throwIfFailed() {
    if (ended.isCompletedExceptionally()) {
      surfaced = true;
      Throwable cause = ended.exceptionNow();
      throw new ActorFailedException("actor " + identity.id() + " has stopped: " + cause, cause);
    }
  }

  /**
   * Ends the rounds in play, publishes what was played and stops; throws a failure that nothing has
   * thrown yet.
   */
  @Override
  public void close() {
    stopPlaying();
    joinThreads();
    try (metrics;
        turns) {
      try {
        weights.close();
      } finally {
        closeWorkers();
      }
    } catch (RuntimeException e) {
      // The first failure stays: what fails to close after it does so for the same reason.
      ended.completeExceptionally(e);
    }
    ended.complete(null);
    if (!surfaced) {
      throwIfFailed();
    }
  }

  private static TopicCatalogue topics(Settings settings) {
    return new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
  }

  private static LagGate gate(Settings settings, Duration patience) {
    int longest = ActorWorkers.environmentSpec(settings).maxTurns();
    long openTurns = (long) settings.actor().environments() * longest;
    // Should all that is in the log be too old to train on: a whole batch anew.
    long extraTurns = openTurns + settings.learner().turnsPerUpdate();
    return new LagGate(settings.actor().maxLagTurns(), new LagGate.Patience(patience, extraTurns));
  }

  private static void requireRoomForABatch(Settings settings) {
    long lag = settings.actor().maxLagTurns();
    int batch = settings.learner().turnsPerUpdate();
    if (lag < batch) {
      throw new IllegalArgumentException(
          "actor.maxLagTurns must be at least learner.turnsPerUpdate ("
              + batch
              + "), or actors wait for a learner that waits for them; got "
              + lag);
    }
  }

  private void begin(Cluster cluster, Duration metricsEvery) {
    TopicCatalogue topics = topics(settings);
    String reader = clientId() + "-ends";
    try (var log =
        EventReader.open(cluster, topics.trajectories(), reader, DeadLetters.logged(reader))) {
      log.assignAll();
      log.endOffsets().forEach((partition, end) -> gate.published(partition, end));
    }
    var ready = weights.start(cluster, topics, clientId());
    startThread(Thread.ofVirtual().name("actor-metrics"), () -> report(metricsEvery));
    var _ = ready.thenRun(this::startWorkers);
  }

  private void closeWorkers() {
    ActorWorkers opened = workers;
    if (opened != null) {
      opened.close();
    }
  }

  private void startWorkers() {
    try {
      ActorWorkers opened =
          new ActorWorkers(
              settings,
              weights.spec(),
              identity,
              new ActorWorkers.Weights(weights::policy, weights::teacher),
              blobs,
              this::publish);
      workers = opened;
      startPlaying(opened);
    } catch (Throwable e) {
      // Nobody looks at what this runs in, and an actor without workers would wait for ever.
      fail(e);
    }
  }

  private void startPlaying(ActorWorkers opened) {
    LOG.info(
        "run={} actor={} plays {} from v={} on",
        settings.run().name(),
        identity.id(),
        settings.environment().name(),
        weights.policy().version());
    int number = 0;
    for (ActorWorker worker : opened.all()) {
      int place = number++;
      startThread(
          Thread.ofPlatform().daemon().name("actor-worker-" + place), () -> play(place, worker));
    }
  }

  private void play(int number, ActorWorker worker) {
    try {
      while (true) {
        gate.await(worker.roundTurns());
        if (isStopping()) {
          return;
        }
        PlayedRound round = worker.playRound();
        gate.playing(number, round.openTurns());
        meter.add(round);
        listener.played(round);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void publish(Turn turn) {
    gate.sent();
    var _ =
        turns
            .send(turn.getEpisodeId(), turn)
            .whenComplete(
                (stored, failure) -> {
                  if (failure == null) {
                    gate.acknowledged(stored.partition(), stored.offset());
                  } else {
                    fail(failure);
                  }
                });
  }

  private void report(Duration metricsEvery) {
    try {
      long since = System.nanoTime();
      Duration waited = Duration.ZERO;
      while (!stop.await(metricsEvery.toNanos(), TimeUnit.NANOSECONDS)) {
        weights.throwIfFailed();
        long now = System.nanoTime();
        Duration waitedNow = gate.waited();
        publishMetric(meter.read(Duration.ofNanos(now - since)), waitedNow.minus(waited));
        since = now;
        waited = waitedNow;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void publishMetric(PlayMeter.Reading reading, Duration waiting) {
    if (reading.policyVersion().isEmpty()) {
      return;
    }
    Map<String, Double> values = new HashMap<>(reading.values());
    values.put("waitingSeconds", waiting.toNanos() / 1e9);
    values.putAll(weights.unloadable());
    String run = settings.run().name();
    String source = "actor/" + identity.id();
    long version = reading.policyVersion().getAsLong();
    metrics.publish(source, new Metric(run, source, version, values, Instant.now()));
  }

  private void fail(Throwable cause) {
    ended.completeExceptionally(cause);
    stopPlaying();
    // A worker may wait in its publisher for a log that does not come back soon.
    started().stream()
        .filter(thread -> thread != Thread.currentThread())
        .forEach(Thread::interrupt);
  }

  private void stopPlaying() {
    synchronized (threads) {
      stop.countDown();
    }
    gate.close();
  }

  private boolean isStopping() {
    return stop.getCount() == 0;
  }

  private void startThread(Thread.Builder builder, Runnable work) {
    synchronized (threads) {
      if (!isStopping()) {
        threads.add(builder.start(work));
      }
    }
  }

  private List<Thread> started() {
    synchronized (threads) {
      return List.copyOf(threads);
    }
  }

  private void joinThreads() {
    try {
      for (Thread thread : started()) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String clientId() {
    return "actor-" + identity.id();
  }
}
