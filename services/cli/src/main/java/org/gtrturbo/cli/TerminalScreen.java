package org.gtrturbo.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;

/** On a terminal: a block of lines at the bottom, redrawn in place. */
final class TerminalScreen implements Screen {
  private static final Duration REDRAW_EVERY = Duration.ofMillis(250);
  private static final int LABEL_WIDTH = 11;

  private final RunView view;
  private final Terminal terminal;
  private final Display display;
  private final Dashboard dashboard;
  private final Ticker ticker;
  private boolean closed;

  private TerminalScreen(RunView view, Terminal terminal) {
    this.view = view;
    this.terminal = terminal;
    this.display = new Display(terminal, false);
    this.dashboard = new Dashboard(Glyphs.of(terminal.encoding()));
    terminal.puts(Capability.cursor_invisible);
    draw();
    this.ticker = new Ticker("live-view", REDRAW_EVERY, this::draw);
  }

  static TerminalScreen open(RunView view) {
    try {
      // JLine's own signal handlers would end the process without its shutdown hooks.
      return on(TerminalBuilder.builder().nativeSignals(false).build(), view);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open the terminal", e);
    }
  }

  /**
   * @param terminal closed with the view
   */
  static TerminalScreen on(Terminal terminal, RunView view) {
    return new TerminalScreen(view, terminal);
  }

  @Override
  public synchronized void say(String line) {
    if (!closed) {
      display.update(List.of(), 0);
    }
    terminal.writer().println(line);
    terminal.flush();
    if (!closed) {
      display.reset();
      draw();
    }
  }

  @Override
  public void close() {
    ticker.close();
    synchronized (this) {
      if (closed) {
        return;
      }
      draw();
      closed = true;
      terminal.puts(Capability.cursor_normal);
      terminal.writer().println();
      terminal.flush();
    }
    try {
      terminal.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot give the terminal back", e);
    }
  }

  private synchronized void draw() {
    Size size = terminal.getSize();
    // A terminal that does not say how large it is says 0.
    int columns = size.getColumns() > 0 ? size.getColumns() : 80;
    int rows = size.getRows() > 0 ? size.getRows() : 24;
    // One column less: a full line makes some terminals wrap.
    List<String> text = dashboard.render(view.at(Instant.now()), columns - 1);
    List<String> fitting = text.subList(0, Math.min(text.size(), rows - 1));
    var lines = new ArrayList<AttributedString>();
    for (int line = 0; line < fitting.size(); line++) {
      lines.add(styled(fitting.get(line), line == 0));
    }
    display.resize(rows, columns);
    display.update(lines, new Size(columns, rows).cursorPos(lines.size() - 1, lastColumn(lines)));
    terminal.flush();
  }

  private static int lastColumn(List<AttributedString> lines) {
    return lines.getLast().columnLength();
  }

  private static AttributedString styled(String line, boolean isTitle) {
    var styled = new AttributedStringBuilder();
    if (isTitle) {
      return styled.style(AttributedStyle.BOLD).append(line).toAttributedString();
    }
    int label = Math.min(LABEL_WIDTH, line.length());
    return styled
        .style(AttributedStyle.DEFAULT.foreground(AttributedStyle.CYAN))
        .append(line, 0, label)
        .style(AttributedStyle.DEFAULT)
        .append(line, label, line.length())
        .toAttributedString();
  }
}
