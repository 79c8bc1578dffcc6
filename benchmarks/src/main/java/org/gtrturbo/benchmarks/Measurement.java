package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/**
 * What repeating one measurement came to.
 *
 * @param median of an even number of runs: the mean of the middle two
 * @param runs how often it was measured
 */
record Measurement(String name, double median, double min, double max, String unit, int runs) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Rounded to a tenth.
   *
   * @param values one per run, at least one
   */
  static Measurement of(String name, String unit, List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int runs = sorted.size();
    double median = (sorted.get((runs - 1) / 2) + sorted.get(runs / 2)) / 2;
    return new Measurement(
        name, tenth(median), tenth(sorted.getFirst()), tenth(sorted.getLast()), unit, runs);
  }

  /** One line. */
  String json() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write measurement " + name + " as JSON", e);
    }
  }

  private static double tenth(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
