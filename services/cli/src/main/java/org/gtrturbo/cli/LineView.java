package org.gtrturbo.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.Teacher;

/** The live view where there is no terminal: a line every few seconds, if it says something new. */
final class LineView implements LiveView {
  private final RunView view;
  private final PrintStream out;
  private final Dashboard dashboard = new Dashboard(Glyphs.ASCII);
  private final Ticker ticker;
  private ViewState.Phase shown = new ViewState.Phase.Starting();

  LineView(RunView view, PrintStream out, Duration every) {
    this.view = view;
    this.out = out;
    this.ticker = new Ticker("live-view", every, this::show);
  }

  @Override
  public void warmStart(int step, int steps, double loss) {
    view.warmStart(step, steps, loss, Instant.now());
  }

  @Override
  public void add(Checkpoint checkpoint) {
    view.add(checkpoint);
  }

  @Override
  public void add(Teacher teacher) {
    view.add(teacher);
  }

  @Override
  public void add(Metric metric) {
    view.add(metric);
  }

  @Override
  public void say(String line) {
    out.println(line);
  }

  @Override
  public void close() {
    ticker.close();
    show();
  }

  private synchronized void show() {
    ViewState state = view.at(Instant.now());
    if (!state.phase().equals(shown)) {
      shown = state.phase();
      out.println(dashboard.line(state));
    }
  }
}
