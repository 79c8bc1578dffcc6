package org.gtrturbo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that is rewritten as long as a service works, for health checks that look at its age. It
 * is not there before the service has started and after it has ended; of a service that has failed
 * or hangs, or whose process was killed, the last one grows old.
 */
final class Heartbeat implements AutoCloseable {
  static final Heartbeat NONE = new Heartbeat(() -> {});

  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final Runnable ending;

  private Heartbeat(Runnable ending) {
    this.ending = ending;
  }

  /**
   * Beats at once and from now on.
   *
   * @param throwIfFailed throws when the service has failed; then no heartbeat follows
   */
  static Heartbeat start(Path file, Runnable throwIfFailed) {
    return start(file, throwIfFailed, EVERY);
  }

  static Heartbeat start(Path file, Runnable throwIfFailed, Duration every) {
    beat(file, throwIfFailed);
    var ticker = new Ticker("heartbeat", every, () -> beat(file, throwIfFailed));
    return new Heartbeat(
        () -> {
          ticker.close();
          delete(file);
        });
  }

  static void beat(Path file, Runnable throwIfFailed) {
    throwIfFailed.run();
    try {
      Files.writeString(file, Instant.now() + "\n");
    } catch (IOException failed) {
      // Training goes on without; whoever looks at the file takes the service for dead.
      LOG.warn("the heartbeat {} cannot be written: {}", file, failed.toString());
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failed) {
      LOG.warn("the last heartbeat {} stays behind: {}", file, failed.toString());
    }
  }

  @Override
  public void close() {
    ending.run();
  }
}
