package org.gtrturbo.learner;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.apache.kafka.common.errors.WakeupException;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;

/**
 * Turns read ahead on a thread of their own, so that reading and decoding go on while an update is
 * computed. No more than the capacity wait; then reading waits. The order of a partition is kept.
 */
final class TurnFeed implements AutoCloseable {
  /**
   * So many records before a partition's position are read again, to know repeated turns as such.
   */
  static final long READ_AGAIN = 8192;

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  private sealed interface Delivery {
    record Read(Received<Turn> record) implements Delivery {}

    record Failed(Throwable cause) implements Delivery {}

    record Closed() implements Delivery {}
  }

  private final EventReader<Turn> reader;
  private final BlockingQueue<Delivery> waiting;
  private final Thread thread;
  private volatile boolean closing;

  private TurnFeed(EventReader<Turn> reader, int capacity, List<PartitionProgress> progress) {
    this.reader = reader;
    this.waiting = new ArrayBlockingQueue<>(capacity);
    this.thread = Thread.ofVirtual().name("turn-feed").unstarted(() -> read(progress));
  }

  /**
   * Starts to read where the progress ends, and {@link #READ_AGAIN} records before it.
   *
   * @param reader closed with the feed
   * @param capacity in turns, at least 2
   */
  static TurnFeed start(EventReader<Turn> reader, List<PartitionProgress> progress, int capacity) {
    var feed = new TurnFeed(reader, capacity, progress);
    feed.thread.start();
    return feed;
  }

  /**
   * The next record; waits for one. Empty when the feed was closed.
   *
   * @throws IllegalStateException if reading has failed; its cause says why
   */
  Optional<Received<Turn>> next() throws InterruptedException {
    if (closing) {
      return Optional.empty();
    }
    return switch (waiting.take()) {
      case Delivery.Read(Received<Turn> record) -> Optional.of(record);
      case Delivery.Failed(Throwable cause) ->
          throw new IllegalStateException("reading turns has ended: " + cause, cause);
      case Delivery.Closed _ -> Optional.empty();
    };
  }

  /** Ends the feed: who waits in {@link #next} is answered. From any thread. */
  void end() {
    closing = true;
    reader.wakeup();
    waiting.clear();
    // Where the reading thread has filled the queue again, who waits is answered by that.
    var _ = waiting.offer(new Delivery.Closed());
  }

  /** Ends the feed and returns when its reader is closed. */
  @Override
  public void close() {
    end();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void read(List<PartitionProgress> progress) {
    try (reader) {
      reader.assign(starts(progress));
      while (!closing) {
        for (Received<Turn> record : reader.poll(LONGEST_WAIT)) {
          if (closing) {
            return;
          }
          waiting.put(new Delivery.Read(record));
        }
      }
    } catch (WakeupException | InterruptedException e) {
      waiting.clear();
      var _ = waiting.offer(new Delivery.Closed());
    } catch (Throwable e) {
      fail(e);
    }
  }

  private static Map<Integer, Long> starts(List<PartitionProgress> progress) {
    Map<Integer, Long> starts = new HashMap<>();
    progress.forEach(
        each -> starts.put(each.getPartition(), Math.max(0, each.getPosition() - READ_AGAIN)));
    return starts;
  }

  private void fail(Throwable cause) {
    if (closing) {
      // Nobody takes any more, and what is given up anyway cannot fail.
      return;
    }
    try {
      waiting.put(new Delivery.Failed(cause));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
