package org.gtrturbo.cli;

import java.time.Instant;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;

/**
 * Shows how a run goes while it goes. Safe for use by many threads.
 *
 * <p>On a terminal nothing else may write to the screen while the view is open; {@link #say} is for
 * what should stay there.
 */
final class LiveView implements AutoCloseable {
  private final RunView run;
  private final Screen screen;

  /**
   * @param screen shows {@code run}; closed with the view
   */
  LiveView(RunView run, Screen screen) {
    this.run = run;
    this.screen = screen;
  }

  /**
   * Opens the view that fits where the process writes to.
   *
   * @param turns that the run is to be trained on
   */
  static LiveView open(String run, String environment, long turns) {
    var view = new RunView(run, environment, turns, Instant.now());
    return new LiveView(view, Screen.open(view));
  }

  /**
   * The warm start has come to a step.
   *
   * @param loss mean of a token, in nats
   */
  void warmStart(int step, int steps, double loss) {
    run.warmStart(step, steps, loss, Instant.now());
  }

  void add(Checkpoint checkpoint) {
    run.add(checkpoint);
  }

  void add(Teacher teacher) {
    run.add(teacher);
  }

  void add(Metric metric) {
    run.add(metric);
  }

  /** Writes a line that stays. */
  void say(String line) {
    screen.say(line);
  }

  /** Shows the last state once more and leaves it on the screen. */
  @Override
  public void close() {
    screen.close();
  }
}
