package org.gtrturbo.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.gtrturbo.policy.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Only the newest version is loaded; one that cannot be loaded leaves the one before in place and
 * is tried again.
 */
@Timeout(60)
final class NewestWeightsTest {
  private static final Duration SOON = Duration.ofMillis(1);
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Parameters PARAMETERS =
      TinyPolicy.weights(TinyPolicy.settings(), 0).parameters();
  private static final Consumer<Throwable> FAIL_IF_USED =
      failure -> {
        throw new AssertionError(failure);
      };

  private final Set<String> broken = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<String> tried = new ConcurrentLinkedQueue<>();

  @Test
  void versionsThatAreOvertakenWhileAnotherIsLoadedAreNeverLoaded() {
    var mayLoad = new Semaphore(0);
    try (var weights =
        new NewestWeights<String>(
            "checkpoint",
            event -> {
              mayLoad.acquireUninterruptibly();
              return load(event);
            },
            event -> {},
            NEVER,
            FAIL_IF_USED)) {
      weights.start();
      weights.offer(0, "a");
      await().until(mayLoad::hasQueuedThreads);
      weights.offer(1, "b");
      weights.offer(2, "c");
      weights.offer(3, "d");
      mayLoad.release(100);

      await().until(() -> weights.newest().version() == 3);
      assertThat(tried).containsExactly("a", "d");
    }
  }

  @Test
  void aVersionThatCannotBeLoadedIsTriedTwiceWhileTheOneBeforeStays() {
    broken.add("b");
    try (var weights = started(SOON)) {
      weights.offer(0, "a");
      weights.first().join();
      weights.offer(1, "b");

      await().until(() -> weights.unloadable() == 2);
      weights.offer(2, "c");
      await().until(() -> weights.newest().version() == 2);
      assertThat(tried).containsExactly("a", "b", "b", "c");
    }
  }

  @Test
  void aNewerVersionIsTriedWithoutWaitingForTheBrokenOne() {
    broken.add("b");
    try (var weights = started(NEVER)) {
      weights.offer(0, "a");
      weights.first().join();
      weights.offer(1, "b");
      await().until(() -> weights.unloadable() == 1);
      assertThat(weights.newest().version()).isZero();

      weights.offer(2, "c");

      await().until(() -> weights.newest().version() == 2);
    }
  }

  @Test
  void whereNothingIsLoadedYetTheOnlyVersionIsTriedUntilItIsThere() {
    broken.add("a");
    try (var weights = started(SOON)) {
      weights.offer(0, "a");
      await().until(() -> weights.unloadable() >= 4);
      assertThatThrownBy(weights::newest).isInstanceOf(IllegalStateException.class);

      broken.clear();

      assertThat(weights.first().join().version()).isZero();
    }
  }

  @Test
  void anotherFailureThanThatOfABlobIsReported() {
    var failure = new CompletableFuture<Throwable>();
    try (var weights =
        new NewestWeights<String>(
            "teacher",
            event -> {
              throw new IllegalStateException("of another run");
            },
            event -> {},
            NEVER,
            failure::complete)) {
      weights.start();
      weights.offer(0, "a");

      assertThat(failure.join()).hasMessage("of another run");
    }
  }

  private NewestWeights<String> started(Duration retryAfter) {
    var weights =
        new NewestWeights<>("checkpoint", this::load, event -> {}, retryAfter, FAIL_IF_USED);
    weights.start();
    return weights;
  }

  private Parameters load(String event) {
    tried.add(event);
    if (broken.contains(event)) {
      throw new UncheckedIOException(new IOException("the disk is broken"));
    }
    return PARAMETERS;
  }
}
