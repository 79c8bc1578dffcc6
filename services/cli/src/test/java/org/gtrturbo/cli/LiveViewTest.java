package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;

/** What is written where there is a terminal and where there is none. */
class LiveViewTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  void withoutATerminalPlainLinesAreWrittenAndTheLastStateAtTheEnd() {
    var out = new PrintStream(written, true, StandardCharsets.UTF_8);
    RunView run = Views.empty();
    try (var view = new LiveView(run, new LineScreen(run, out, Duration.ofHours(1)))) {
      view.say("the run's folder is runs/demo");
      view.add(Views.checkpoint(1, 600, 10));
    }

    assertThat(written.toString(StandardCharsets.UTF_8).lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("the run's folder is runs/demo"),
            line -> assertThat(line).contains("training 1 %, 600 of 60,000 turns"));
  }

  @Test
  void onATerminalTheBlockIsDrawnAndTheCursorGivenBack() throws IOException {
    Terminal terminal =
        new ExternalTerminal(
            "test",
            "xterm",
            new ByteArrayInputStream(new byte[0]),
            written,
            StandardCharsets.UTF_8);
    terminal.setSize(new Size(100, 30));
    RunView run = Views.training();
    try (var view = new LiveView(run, TerminalScreen.on(terminal, run))) {
      view.say("the run's folder is runs/demo");
    }

    String screen = written.toString(StandardCharsets.UTF_8);
    assertThat(screen)
        .contains("GTR-Turbo Streams · demo · ezpoints")
        .contains("the run's folder is runs/demo")
        .contains("24,576 of 60,000 turns");
    // xterm: hide the cursor first, show it at the end.
    assertThat(screen.indexOf("\u001b[?25l")).isNotNegative();
    assertThat(screen.lastIndexOf("\u001b[?25h"))
        .isGreaterThan(screen.lastIndexOf("\u001b[?25l"))
        .isGreaterThan(screen.lastIndexOf("turns/s"));
  }
}
