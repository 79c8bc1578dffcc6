package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A peer that ends before its time is told from one that answers wrongly. */
@Timeout(60)
final class ContestantTest {
  private static final String READY = "echo '{\"name\":\"peer\",\"way\":\"any\"}'; ";
  private static final String ASKED = READY + "read -r command; ";

  @Test
  void whatIsAskedIsAnswered() {
    try (var peer = peer(ASKED + "echo \"{\\\"did\\\":\\\"$command\\\"}\"; read -r end")) {
      assertThat(peer.name()).isEqualTo("peer");
      assertThat(peer.way()).isEqualTo("any");
      assertThat(peer.ask("work").path("did").asText()).isEqualTo("work");
    }
  }

  @Test
  void aPeerThatEndsWhileItStartsIsNamedWithItsExitCodeAndLastWords() {
    assertThatThrownBy(() -> peer("echo 'no module named torch' >&2; exit 3"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("the peer has ended with exit code 3 while it started: sh -c echo")
        .hasMessageEndingWith("the last on its standard error:\n  no module named torch");
  }

  @Test
  void aPeerThatCrashesAtItsWorkIsNotTakenForOneThatAnswers() {
    try (var peer = peer(ASKED + "echo '# A fatal error'; echo 'its last words' >&2; kill -6 $$")) {
      assertThatThrownBy(() -> peer.ask("train 5"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith("the peer has ended with exit code 134 at 'train 5': sh -c ")
          .hasMessageContaining("instead of an answer it printed: # A fatal error\n")
          .hasMessageEndingWith("the last on its standard error:\n  its last words");
    }
  }

  @Test
  void aPeerThatIsGoneWhenItIsAskedIsNamedToo() {
    try (var peer = peer(READY + "exit 1")) {
      for (int time = 0; time < 2; time++) {
        assertThatThrownBy(() -> peer.ask("train 5"))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageStartingWith("the peer has ended with exit code 1 at 'train 5': sh -c ")
            .hasMessageEndingWith("it said nothing on its standard error");
      }
    }
  }

  @Test
  void ofManyWordsTheLastAreKept() {
    assertThatThrownBy(() -> peer("seq 40 >&2; exit 2"))
        .hasMessageContaining("error:\n  21\n  22\n")
        .hasMessageEndingWith("\n  40");
  }

  @Test
  void aPeerThatLivesOnAndAnswersWronglyHasNotEnded() {
    assertThatThrownBy(() -> peer("echo ready; read -r command"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "the peer answered while it started with a line that is no JSON object, ready:"
                + " sh -c echo ready; read -r command");
  }

  private static Contestant peer(String script) {
    return Contestant.start(List.of("sh", "-c", script), Map.of());
  }
}
