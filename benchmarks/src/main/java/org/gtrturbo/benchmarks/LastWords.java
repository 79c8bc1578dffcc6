package org.gtrturbo.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/** What a process says on its standard error: passed on at once, and the last lines of it kept. */
final class LastWords {
  private static final int LINES = 20;

  private final Deque<String> lines = new ArrayDeque<>();
  private final Thread reading;

  private LastWords(BufferedReader from, PrintStream to) {
    this.reading = Thread.ofVirtual().name("last-words").unstarted(() -> read(from, to));
  }

  /** Reads until the process has ended. */
  static LastWords of(BufferedReader from, PrintStream to) {
    var words = new LastWords(from, to);
    words.reading.start();
    return words;
  }

  private void read(BufferedReader from, PrintStream to) {
    try (from) {
      for (String line = from.readLine(); line != null; line = from.readLine()) {
        to.println(line);
        keep(line);
      }
    } catch (IOException e) {
      keep("(the rest cannot be read: " + e.getMessage() + ")");
    }
  }

  private synchronized void keep(String line) {
    if (lines.size() == LINES) {
      lines.removeFirst();
    }
    lines.addLast(line);
  }

  /**
   * The last lines of a process that has ended.
   *
   * @param within the most that is waited for what is still on its way: a child of the process may
   *     hold its standard error open
   */
  String asText(Duration within) {
    try {
      var _ = reading.join(within);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      return lines.isEmpty()
          ? "it said nothing on its standard error"
          : "the last on its standard error:\n  " + String.join("\n  ", lines);
    }
  }
}
