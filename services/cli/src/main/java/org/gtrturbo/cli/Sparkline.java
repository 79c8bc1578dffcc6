package org.gtrturbo.cli;

import java.util.List;

/** A row of rates as a row of characters, one for each or, where they are too many, their means. */
final class Sparkline {
  // Below this the whole height would be noise.
  private static final double LEAST_HEIGHT = 0.2;

  private Sparkline() {}

  static String of(List<Double> rates, int width, Glyphs glyphs) {
    int columns = Math.min(width, rates.size());
    double[] means = new double[columns];
    double most = LEAST_HEIGHT;
    for (int column = 0; column < columns; column++) {
      int from = (int) ((long) column * rates.size() / columns);
      int to = (int) ((column + 1L) * rates.size() / columns);
      means[column] =
          rates.subList(from, to).stream().mapToDouble(Double::doubleValue).average().orElseThrow();
      most = Math.max(most, means[column]);
    }
    var line = new StringBuilder();
    for (double mean : means) {
      line.append(glyphs.level(mean, most));
    }
    return line.toString();
  }
}
