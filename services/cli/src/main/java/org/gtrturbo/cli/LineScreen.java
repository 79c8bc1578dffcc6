package org.gtrturbo.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;

/** Where there is no terminal: a line every few seconds, if it says something new. */
final class LineScreen implements Screen {
  private final RunView view;
  private final PrintStream out;
  private final Dashboard dashboard = new Dashboard(Glyphs.ASCII);
  private final Ticker ticker;
  private ViewState.Phase shown = new ViewState.Phase.Starting();

  LineScreen(RunView view, PrintStream out, Duration every) {
    this.view = view;
    this.out = out;
    this.ticker = new Ticker("live-view", every, this::show);
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
