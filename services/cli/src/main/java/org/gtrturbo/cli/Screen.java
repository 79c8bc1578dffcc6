package org.gtrturbo.cli;

import java.io.Console;
import java.time.Duration;
import java.util.Optional;

/**
 * Draws a {@link RunView} again and again: a block of lines redrawn in place where there is a
 * terminal, else one line every few seconds. Safe for use by many threads.
 */
sealed interface Screen extends AutoCloseable permits LineScreen, TerminalScreen {

  /** Writes a line that stays. */
  void say(String line);

  /** Draws once more. */
  @Override
  void close();

  /** The screen that fits where the process writes to. */
  static Screen open(RunView view) {
    // JDK 25 has no console where there is no terminal, others have one that is none.
    boolean onTerminal =
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    return onTerminal
        ? TerminalScreen.open(view)
        : new LineScreen(view, System.out, Duration.ofSeconds(5));
  }
}
