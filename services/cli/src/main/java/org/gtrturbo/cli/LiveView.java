package org.gtrturbo.cli;

import java.io.Console;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;

/**
 * Shows how a run goes while it goes: a block of lines redrawn in place where there is a terminal,
 * else one line every few seconds. Safe for use by many threads.
 *
 * <p>On a terminal nothing else may write to the screen while the view is open; {@link #say} is for
 * what should stay there.
 */
public interface LiveView extends AutoCloseable {

  /**
   * The warm start has come to a step.
   *
   * @param loss mean of a token, in nats
   */
  void warmStart(int step, int steps, double loss);

  void add(Checkpoint checkpoint);

  void add(Teacher teacher);

  void add(Metric metric);

  /** Writes a line that stays. */
  void say(String line);

  /** Shows the last state once more and leaves it on the screen. */
  @Override
  void close();

  /**
   * Opens the view that fits where the process writes to.
   *
   * @param turns that the run is to be trained on
   */
  static LiveView open(String run, String environment, long turns) {
    var view = new RunView(run, environment, turns, Instant.now());
    // JDK 25 has no console where there is no terminal, others have one that is none.
    boolean onTerminal =
        Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    return onTerminal
        ? TerminalView.open(view)
        : new LineView(view, System.out, Duration.ofSeconds(5));
  }
}
