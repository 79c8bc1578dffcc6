package org.gtrturbo.platform.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.utils.Utils;
import org.gtrturbo.events.Topic;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events to one topic, in the order sent. Safe for use by many threads.
 *
 * <p>The buffer of unacknowledged events is bounded; {@link #send} waits while it is full. No
 * failure is lost: the event's own future carries it, and the next {@link #send}, {@link #flush} or
 * {@link #close} throws it too. A publisher that has failed takes no more events.
 */
public final class EventPublisher<T extends SpecificRecord> implements AutoCloseable {
  private final Topic<T> topic;
  private final Producer<String, byte[]> producer;
  private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();
  private volatile boolean surfaced;

  private record Failure(String key, Exception cause) {}

  EventPublisher(Topic<T> topic, Producer<String, byte[]> producer) {
    this.topic = topic;
    this.producer = producer;
  }

  /** The partition of the topic that events of this key go to. */
  public static int partition(Topic<?> topic, String key) {
    return Utils.toPositive(Utils.murmur2(key.getBytes(UTF_8))) % topic.partitions();
  }

  /**
   * Hands the event over; the future completes when every replica has it, or with a {@link
   * PublishFailedException}.
   *
   * @throws PublishFailedException if an earlier event was not acknowledged
   */
  public CompletableFuture<RecordMetadata> send(String key, T event) {
    throwFailure();
    var acknowledged = new CompletableFuture<RecordMetadata>();
    var record = new ProducerRecord<>(topic.name(), key, topic.codec().encode(event));
    try {
      // The callback below completes the future that the caller gets.
      var _ =
          producer.send(
              record,
              (metadata, error) -> {
                if (error == null) {
                  acknowledged.complete(metadata);
                } else {
                  acknowledged.completeExceptionally(remember(key, error));
                }
              });
    } catch (RuntimeException e) {
      acknowledged.completeExceptionally(remember(key, e));
    }
    return acknowledged;
  }

  /** As {@link #send}, for who does not ask when this very event is acknowledged. */
  public void publish(String key, T event) {
    var _ = send(key, event);
  }

  /** Returns when everything sent before is acknowledged. */
  public void flush() {
    producer.flush();
    throwFailure();
  }

  /**
   * Waits for what was sent, as {@link #flush}, and frees the connection whether or not that fails.
   */
  @Override
  public void close() {
    producer.close();
    if (!surfaced) {
      throwFailure();
    }
  }

  private PublishFailedException remember(String key, Exception cause) {
    var failed = new Failure(key, cause);
    failure.compareAndSet(null, failed);
    return exception(failed);
  }

  private void throwFailure() {
    Failure failed = failure.get();
    if (failed != null) {
      surfaced = true;
      throw exception(failed);
    }
  }

  private PublishFailedException exception(Failure failed) {
    return new PublishFailedException(
        "event "
            + failed.key()
            + " was not acknowledged on "
            + topic.name()
            + " ("
            + failed.cause().getMessage()
            + "); it and what was sent after it must be sent again",
        failed.cause());
  }
}
