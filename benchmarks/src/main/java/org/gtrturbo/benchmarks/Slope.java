package org.gtrturbo.benchmarks;

import java.util.List;

/**
 * The straight line through samples by least squares.
 *
 * @param perHour how much the samples rise in an hour
 * @param halfWidth the slope's 95 % confidence interval is perHour ± halfWidth; errors are taken to
 *     be independent
 */
record Slope(double perHour, double halfWidth) {
  // Student's t for many degrees of freedom.
  private static final double T95 = 1.96;

  /**
   * @param hours when, one for each sample
   * @param samples at least three
   */
  static Slope through(List<Double> hours, List<Double> samples) {
    int count = samples.size();
    if (count < 3) {
      throw new IllegalArgumentException("a slope needs three samples or more, got " + count);
    }
    double meanHour = mean(hours);
    double meanSample = mean(samples);
    double spread = 0;
    double together = 0;
    for (int index = 0; index < count; index++) {
      double hour = hours.get(index) - meanHour;
      spread += hour * hour;
      together += hour * (samples.get(index) - meanSample);
    }
    double slope = together / spread;
    double squares = 0;
    for (int index = 0; index < count; index++) {
      double expected = meanSample + slope * (hours.get(index) - meanHour);
      squares += Math.pow(samples.get(index) - expected, 2);
    }
    return new Slope(slope, T95 * Math.sqrt(squares / (count - 2) / spread));
  }

  private static double mean(List<Double> numbers) {
    return numbers.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
