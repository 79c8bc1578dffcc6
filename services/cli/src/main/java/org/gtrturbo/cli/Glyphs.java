package org.gtrturbo.cli;

import java.nio.charset.Charset;

/** The characters that pictures in text are made of. */
enum Glyphs {
  BLOCKS("█", "░", "▁▂▃▄▅▆▇█", " · "),
  ASCII("#", ".", "_.-=+*#@", " - ");

  private final String full;
  private final String empty;
  private final String levels;
  private final String dot;

  Glyphs(String full, String empty, String levels, String dot) {
    this.full = full;
    this.empty = empty;
    this.levels = levels;
    this.dot = dot;
  }

  /** The best that can be written in an encoding. */
  static Glyphs of(Charset charset) {
    return charset.canEncode() && charset.newEncoder().canEncode(BLOCKS.full + BLOCKS.levels)
        ? BLOCKS
        : ASCII;
  }

  /** What stands between the parts of a title. */
  String dot() {
    return dot;
  }

  /** A bar of that many characters, filled up to the fraction. */
  String bar(double fraction, int width) {
    int filled = (int) Math.floor(Math.clamp(fraction, 0, 1) * width);
    return full.repeat(filled) + empty.repeat(width - filled);
  }

  /** One character for a value of a row whose largest is {@code most}; 0 is the lowest. */
  char level(double value, double most) {
    int level = (int) Math.floor(Math.clamp(value / most, 0, 1) * levels.length());
    return levels.charAt(Math.min(level, levels.length() - 1));
  }
}
