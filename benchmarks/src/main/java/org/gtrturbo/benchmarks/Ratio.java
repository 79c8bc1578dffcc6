package org.gtrturbo.benchmarks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * This project's figure over a peer's, both measured in turn in one run.
 *
 * @param median over the rounds, of one round's figure over the same round's
 */
record Ratio(String name, double median, double min, double max, String of, String peer, int runs) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param of what is divided, for instance time a step
   * @param own one figure a round
   * @param others the peer's, round by round
   */
  static Ratio of(String name, String of, String peer, List<Double> own, List<Double> others) {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < own.size(); round++) {
      ratios.add(own.get(round) / others.get(round));
    }
    double[] sorted = ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int runs = sorted.length;
    double median = (sorted[(runs - 1) / 2] + sorted[runs / 2]) / 2;
    return new Ratio(
        name,
        thousandth(median),
        thousandth(sorted[0]),
        thousandth(sorted[runs - 1]),
        of,
        peer,
        runs);
  }

  /** One line. */
  String json() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write ratio " + name + " as JSON", e);
    }
  }

  private static double thousandth(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
