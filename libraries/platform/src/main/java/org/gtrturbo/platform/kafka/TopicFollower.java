package org.gtrturbo.platform.kafka;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.gtrturbo.events.Topic;

/**
 * Follows a topic of one partition from its beginning on a thread of its own and hands each
 * committed event to a listener, in order.
 *
 * <p>If reading or the listener fails, following ends; {@link #catchUp}, {@link #throwIfFailed} and
 * {@link #close} throw the failure. Unreadable records go to the dead letters and do not reach the
 * listener.
 */
public final class TopicFollower<T extends SpecificRecord> implements AutoCloseable {
  private final Topic<T> topic;
  private final EventReader<T> reader;
  private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Thread thread;
  private volatile boolean closing;
  private volatile boolean surfaced;

  private TopicFollower(
      Topic<T> topic, EventReader<T> reader, Consumer<Received.Event<T>> listener) {
    this.topic = topic;
    this.reader = reader;
    this.thread =
        Thread.ofVirtual().name("follow-" + topic.name()).unstarted(() -> follow(listener));
  }

  /**
   * Starts to follow.
   *
   * @param listener called on the follower's thread
   * @param deadLetters closed with the follower
   */
  public static <T extends SpecificRecord> TopicFollower<T> start(
      Cluster cluster,
      Topic<T> topic,
      String clientId,
      DeadLetters deadLetters,
      Consumer<Received.Event<T>> listener) {
    EventReader.requireOnePartition(topic);
    var follower =
        new TopicFollower<>(
            topic, EventReader.open(cluster, topic, clientId, deadLetters), listener);
    follower.thread.start();
    return follower;
  }

  /**
   * Returns when the listener has had everything that was committed when following started.
   *
   * @throws FollowerFailedException if following ended before
   */
  public void catchUp() {
    awaitUnlessFailed(caughtUp);
  }

  /** Completes when the follower is closed; exceptionally when it fails before. */
  public CompletableFuture<Void> ended() {
    return ended.copy();
  }

  /**
   * Throws what ended the following, if anything did.
   *
   * @throws FollowerFailedException if reading or the listener failed
   */
  public void throwIfFailed() {
    if (ended.isDone()) {
      awaitUnlessFailed(ended);
    }
  }

  /** Stops following when the listener returns; throws a failure that nothing has thrown yet. */
  @Override
  public void close() {
    closing = true;
    reader.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!surfaced) {
      throwIfFailed();
    }
  }

  private void follow(Consumer<Received.Event<T>> listener) {
    try (reader) {
      reader.assignAll();
      long end = reader.endOffsets().getOrDefault(0, 0L);
      while (!closing) {
        if (!caughtUp.isDone() && reader.position(0) >= end) {
          caughtUp.complete(null);
        }
        for (Received<T> received : reader.poll(Duration.ofMillis(500))) {
          if (received instanceof Received.Event<T> event) {
            listener.accept(event);
          }
        }
      }
      ended.complete(null);
    } catch (WakeupException e) {
      ended.complete(null);
    } catch (Throwable e) {
      ended.completeExceptionally(e);
      caughtUp.completeExceptionally(e);
    } finally {
      caughtUp.completeExceptionally(new IllegalStateException("closed before it caught up"));
    }
  }

  private void awaitUnlessFailed(CompletableFuture<Void> stage) {
    try {
      stage.join();
    } catch (CompletionException e) {
      surfaced = true;
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new FollowerFailedException(
          "following " + topic.name() + " has ended: " + cause, cause);
    }
  }
}
