package org.gtrturbo.lab;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.BlobStore;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventPublisher;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.kafka.TopicFollower;
import org.gtrturbo.platform.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates a run while it trains: plays episodes with its newest policy and its newest teacher, on
 * one thread and for a small share of its time, and publishes the scores as metrics.
 *
 * <p>Nothing of the run depends on it; it only reads. If it fails it stops, and {@link
 * #throwIfFailed} and {@link #close} say why.
 */
public final class EvaluationFollower implements AutoCloseable {
  private static final String CLIENT = "evaluation";

  private final Settings settings;
  private final EvaluationSchedule schedule;
  private final WeightBlobs blobs;
  private final EventPublisher<Metric> metrics;
  private final EventPublisher<Decision> decisions;
  private final SuccessDrop drop;
  private final TopicFollower<Checkpoint> checkpoints;
  private final TopicFollower<Teacher> teachers;
  private final Object lock = new Object();
  private final EvaluationPlan plan;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Thread thread;
  private @Nullable Checkpoint newestCheckpoint;
  private @Nullable Teacher newestTeacher;
  private boolean closing;
  private volatile boolean surfaced;

  private record Task(EvaluationPlan.Due due, PolicyWeights weights) {}

  private EvaluationFollower(
      Settings settings, Cluster cluster, BlobStore store, EvaluationSchedule schedule) {
    var topics = new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    this.settings = settings;
    this.schedule = schedule;
    this.blobs = new WeightBlobs(store);
    this.plan = new EvaluationPlan(schedule.everyVersions());
    this.metrics = cluster.publisher(topics.metrics(), CLIENT);
    this.decisions = cluster.publisher(topics.decisions(), CLIENT + "-decisions");
    this.drop = new SuccessDrop(topics.run(), settings.teacher().successDrop());
    if (settings.teacher().successDrop() > 0) {
      recall(cluster, topics.metrics(), drop);
    }
    this.thread = Thread.ofPlatform().name(CLIENT).daemon().unstarted(this::run);
    this.checkpoints =
        TopicFollower.start(
            cluster,
            topics.checkpoints(),
            CLIENT + "-checkpoints",
            DeadLetters.logged(CLIENT),
            event -> offer(event.value()));
    this.teachers =
        TopicFollower.start(
            cluster,
            topics.teachers(),
            CLIENT + "-teachers",
            DeadLetters.logged(CLIENT),
            event -> offer(event.value()));
  }

  /** So that a run that goes on is held to what it had reached before. */
  private static void recall(Cluster cluster, Topic<Metric> metrics, SuccessDrop drop) {
    try (var reader =
        EventReader.open(cluster, metrics, CLIENT + "-recalled", DeadLetters.logged(CLIENT))) {
      reader.readToEnd(
          received -> {
            if (received instanceof Received.Event<Metric> event) {
              drop.recall(event.value());
            }
          });
    }
  }

  /** Starts to evaluate the run of the settings, whose topics must exist. */
  public static EvaluationFollower start(
      Settings settings, Cluster cluster, BlobStore store, EvaluationSchedule schedule) {
    var follower = new EvaluationFollower(settings, cluster, store, schedule);
    follower.thread.start();
    return follower;
  }

  /**
   * Completes when the evaluations are closed; exceptionally when they, or what they read, fail.
   */
  public CompletableFuture<?> ended() {
    return CompletableFuture.anyOf(ended.copy(), checkpoints.ended(), teachers.ended());
  }

  /**
   * Throws what ended the evaluations, if anything did.
   *
   * @throws IllegalStateException with the failure as its cause
   */
  public void throwIfFailed() {
    checkpoints.throwIfFailed();
    teachers.throwIfFailed();
    if (ended.isDone()) {
      join();
    }
  }

  /**
   * Stops when the evaluation in hand is done, and throws a failure that nothing has thrown yet.
   */
  @Override
  public void close() {
    synchronized (lock) {
      closing = true;
      lock.notifyAll();
    }
    try (metrics;
        decisions;
        checkpoints;
        teachers) {
      if (!surfaced) {
        join();
      }
    }
  }

  private void join() {
    try {
      ended.join();
    } catch (CompletionException e) {
      surfaced = true;
      throw new IllegalStateException(
          "evaluating run " + settings.run().name() + " has ended: " + e.getCause(), e.getCause());
    }
  }

  private void offer(Checkpoint checkpoint) {
    synchronized (lock) {
      newestCheckpoint = checkpoint;
      plan.policyIsAt(checkpoint.getVersion());
      lock.notifyAll();
    }
  }

  private void offer(Teacher teacher) {
    if (!teacher.getStream().equals(GuidingStream.OWN)) {
      return;
    }
    synchronized (lock) {
      newestTeacher = teacher;
      plan.teacherIsAt(teacher.getVersion());
      lock.notifyAll();
    }
  }

  private void run() {
    try (var evaluators = new EvaluatorOfSpec(settings)) {
      Optional<Task> task = next();
      while (task.isPresent()) {
        long began = System.nanoTime();
        evaluate(evaluators, task.get());
        rest(schedule.restAfter(Duration.ofNanos(System.nanoTime() - began)));
        task = next();
      }
      ended.complete(null);
    } catch (Throwable e) {
      ended.completeExceptionally(e);
    }
  }

  private void evaluate(EvaluatorOfSpec evaluators, Task task) {
    Evaluated evaluated = task.due().evaluated();
    Score score =
        evaluators
            .evaluator(task.weights().spec())
            .evaluate(
                task.weights().parameters(),
                evaluated.sampling(settings.actor().temperature()),
                schedule.episodes());
    metrics.publish(
        CLIENT,
        evaluated.metric(settings.run().name(), task.due().version(), score, Instant.now()));
    drop.judge(evaluated, task.due().version(), score, Instant.now())
        .ifPresent(decision -> decisions.publish(decision.getRun(), decision));
    synchronized (lock) {
      plan.isDone(task.due());
    }
  }

  /** Waits until something is due; empty when closing. */
  private Optional<Task> next() throws InterruptedException {
    EvaluationPlan.Due due;
    Checkpoint checkpoint;
    Teacher teacher;
    synchronized (lock) {
      while (!closing && plan.next().isEmpty()) {
        lock.wait();
      }
      if (closing) {
        return Optional.empty();
      }
      due = plan.next().orElseThrow();
      checkpoint = newestCheckpoint;
      teacher = newestTeacher;
    }
    if (due.evaluated().isTeacher() && teacher != null) {
      return Optional.of(new Task(due, blobs.load(teacher)));
    }
    if (!due.evaluated().isTeacher() && checkpoint != null) {
      return Optional.of(new Task(due, blobs.load(checkpoint)));
    }
    throw new IllegalStateException(due + " is due before there is anything to evaluate");
  }

  private void rest(Duration duration) throws InterruptedException {
    long until = System.nanoTime() + duration.toNanos();
    synchronized (lock) {
      long left = until - System.nanoTime();
      while (!closing && left > 0) {
        lock.wait(left / 1_000_000, (int) (left % 1_000_000));
        left = until - System.nanoTime();
      }
    }
  }
}
