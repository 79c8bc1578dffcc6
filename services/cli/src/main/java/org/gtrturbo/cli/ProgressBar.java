package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Locale;

/** How far something is, on one line of a terminal; where there is none, nothing. */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 40;
  private static final int STEPS = 1000;

  private final PrintWriter out;
  private final boolean isTerminal;
  private final Glyphs glyphs = Glyphs.of(Charset.defaultCharset());
  private int shown = -1;

  ProgressBar(PrintWriter out, boolean isTerminal) {
    this.out = out;
    this.isTerminal = isTerminal;
  }

  /**
   * From any thread.
   *
   * @param part from 0 to 1; less than was shown before is passed over
   */
  synchronized void show(double part) {
    int step = (int) (part * STEPS);
    if (isTerminal && step > shown) {
      shown = step;
      out.printf(Locale.ROOT, "\r%s %5.1f %%", glyphs.bar(part, WIDTH), 100 * part);
      out.flush();
    }
  }

  @Override
  public synchronized void close() {
    if (shown >= 0) {
      out.println();
      out.flush();
    }
  }
}
