package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.statistics.interval.BinomialConfidenceInterval;
import org.apache.commons.statistics.interval.NormalConfidenceInterval;

/** Rates and means with their 95 % intervals. */
public final class Statistics {
  private static final double ERROR_RATE = 0.05;

  private Statistics() {}

  /**
   * The mean over the seeds that two arms share, of what one arm has more than the other.
   *
   * @param pairs how many seeds that is
   */
  public record PairedDifference(Estimate mean, int pairs) {}

  /**
   * A rate of independent trials, with Wilson's score interval.
   *
   * @throws IllegalArgumentException if there is no trial, or more successes than trials
   */
  public static Estimate rate(long successes, long trials) {
    if (trials < 1 || successes < 0 || successes > trials) {
      throw new IllegalArgumentException(
          "a rate needs 0 <= successes <= trials and a trial, got " + successes + " of " + trials);
    }
    var interval =
        BinomialConfidenceInterval.WILSON_SCORE.fromErrorRate(
            Math.toIntExact(trials), Math.toIntExact(successes), ERROR_RATE);
    return Estimate.of(
        (double) successes / trials, interval.getLowerBound(), interval.getUpperBound());
  }

  /**
   * A mean of independent measurements, with Student's t-interval; without bounds where there is
   * one measurement.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Estimate mean(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("a mean needs at least one value");
    }
    double mean = values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    if (values.size() == 1) {
      return Estimate.of(mean);
    }
    double squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
    if (squares == 0) {
      return Estimate.of(mean, mean, mean);
    }
    var interval =
        NormalConfidenceInterval.MEAN.fromErrorRate(
            mean, squares / (values.size() - 1), values.size(), ERROR_RATE);
    return Estimate.of(mean, interval.getLowerBound(), interval.getUpperBound());
  }

  /**
   * What one arm has more than the other, seed by seed: what a seed does to both cancels out.
   *
   * @param ofArm by seed
   * @param ofOther by seed
   * @return empty where the arms share no seed
   */
  public static Optional<PairedDifference> pairedDifference(
      Map<Long, Double> ofArm, Map<Long, Double> ofOther) {
    var differences = new ArrayList<Double>();
    new TreeMap<>(ofArm)
        .forEach(
            (seed, value) ->
                Optional.ofNullable(ofOther.get(seed))
                    .ifPresent(other -> differences.add(value - other)));
    return differences.isEmpty()
        ? Optional.empty()
        : Optional.of(new PairedDifference(mean(differences), differences.size()));
  }
}
