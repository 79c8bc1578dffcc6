package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A health check sees in the heartbeat's age whether a service works. */
@Timeout(60)
class HeartbeatTest {
  private static final Duration OFTEN = Duration.ofMillis(1);
  private static final Runnable WORKS = () -> {};

  @TempDir private Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void name() {
    file = folder.resolve("heartbeat");
  }

  @Test
  void aStartedServiceHasAHeartbeatAtOnce() {
    try (var _ = Heartbeat.start(file, WORKS)) {
      assertThat(file).isRegularFile();
    }
  }

  @Test
  void aServiceThatWorksRewritesItsHeartbeatAgainAndAgain() throws Exception {
    var deleted = new AtomicBoolean();
    // With the second beat after the file is gone, the first has written it.
    var beats = new CountDownLatch(2);
    Runnable counting =
        () -> {
          if (deleted.get()) {
            beats.countDown();
          }
        };
    try (var _ = Heartbeat.start(file, counting, OFTEN)) {
      Files.delete(file);
      deleted.set(true);
      beats.await();

      assertThat(file).isRegularFile();
    }
  }

  @Test
  void aServiceThatHasFailedLeavesItsLastHeartbeatAsItIs() throws IOException {
    Files.writeString(file, "the last one");

    assertThatThrownBy(() -> Heartbeat.beat(file, HeartbeatTest::fail))
        .isInstanceOf(IllegalStateException.class);
    assertThat(file).hasContent("the last one");
  }

  @Test
  void aServiceThatHasFailedIsNotAskedAgain() throws Exception {
    var asked = new AtomicInteger();
    var failed = new CountDownLatch(1);
    Runnable worksOnce =
        () -> {
          if (asked.incrementAndGet() > 1) {
            failed.countDown();
            fail();
          }
        };
    var heartbeat = Heartbeat.start(file, worksOnce, OFTEN);
    failed.await();
    // Closing waits for what is being done, so nothing is asked after it.
    heartbeat.close();

    assertThat(asked).hasValue(2);
  }

  @Test
  void aServiceThatHasEndedHasNone() {
    Heartbeat.start(file, WORKS).close();

    assertThat(file).doesNotExist();
  }

  @Test
  void aHeartbeatThatCannotBeWrittenDoesNotEndTheService() {
    Heartbeat.beat(folder.resolve("missing").resolve("heartbeat"), WORKS);

    assertThat(folder).isEmptyDirectory();
  }

  private static void fail() {
    throw new IllegalStateException("the service has failed");
  }
}
