package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The straight line through samples by least squares.
 *
 * @param perHour how much the samples rise in an hour
 * @param halfWidth the slope's 95 % confidence interval is perHour ± halfWidth; errors are taken to
 *     be independent, so samples that are not, taken within minutes, have to be put together
 *     before: {@link #throughMeans}
 */
record Slope(double perHour, double halfWidth) {
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
    double quantile = TDistribution.of(count - 2.0).inverseCumulativeProbability(0.975);
    return new Slope(slope, quantile * Math.sqrt(squares / (count - 2) / spread));
  }

  /**
   * Through the means of stretches of samples that follow each other, all of one length but the
   * last, which may be longer.
   *
   * @param stretches how many, at least three and at most as many as there are samples
   */
  static Slope throughMeans(List<Double> hours, List<Double> samples, int stretches) {
    int length = samples.size() / stretches;
    if (stretches < 3 || length == 0) {
      throw new IllegalArgumentException(
          "three stretches or more, of a sample at least, are needed for a slope, got "
              + samples.size()
              + " samples for "
              + stretches);
    }
    List<Double> times = new ArrayList<>();
    List<Double> means = new ArrayList<>();
    for (int stretch = 0; stretch < stretches; stretch++) {
      int to = stretch == stretches - 1 ? samples.size() : (stretch + 1) * length;
      times.add(mean(hours.subList(stretch * length, to)));
      means.add(mean(samples.subList(stretch * length, to)));
    }
    return through(times, means);
  }

  private static double mean(List<Double> numbers) {
    return numbers.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }
}
