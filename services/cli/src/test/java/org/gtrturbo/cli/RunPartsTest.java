package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A run ends with the first of its parts, whichever that is. */
@Timeout(60)
class RunPartsTest {
  private final CompletableFuture<Void> neverAsked = new CompletableFuture<>();
  private final RunParts.Part going = new RunParts.Part(new CompletableFuture<>(), () -> {});

  @Test
  void anyPartThatFailsEndsTheRunAtOnceInItsOwnWords() {
    for (int place = 0; place < 3; place++) {
      var parts = new ArrayList<>(List.of(going, going));
      parts.add(place, failed("evaluating run demo has ended"));

      assertThatThrownBy(() -> new RunParts(parts).awaitFirstEnd(neverAsked))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("evaluating run demo has ended");
    }
  }

  @Test
  void aPartThatEndsWellOrBeingAskedToStopEndsTheWaitWithoutAFailure() {
    var ended = new RunParts.Part(CompletableFuture.completedFuture("complete"), () -> {});

    assertThatCode(() -> new RunParts(List.of(going, ended)).awaitFirstEnd(neverAsked))
        .doesNotThrowAnyException();
    assertThatCode(
            () ->
                new RunParts(List.of(going)).awaitFirstEnd(CompletableFuture.completedFuture(null)))
        .doesNotThrowAnyException();
  }

  @Test
  void aFailureIsNotLostWhereAnotherPartHasEndedWellBefore() {
    var ended = new RunParts.Part(CompletableFuture.completedFuture("complete"), () -> {});

    assertThatThrownBy(
            () ->
                new RunParts(List.of(ended, failed("the merger has failed")))
                    .awaitFirstEnd(neverAsked))
        .hasMessage("the merger has failed");
  }

  private static RunParts.Part failed(String words) {
    var failure = new IllegalStateException(words);
    return new RunParts.Part(
        CompletableFuture.failedFuture(failure),
        () -> {
          throw failure;
        });
  }
}
