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
   * How much higher one rate is than another that is independent of it, with Newcombe's hybrid
   * score interval, which squares and adds the arms of Wilson's intervals (Newcombe 1998,
   * Statistics in Medicine 17, 873 to 890, method 10).
   */
  public static Estimate difference(RunSummary.Rate rate, RunSummary.Rate other) {
    Estimate.Bounds ours = wilson(rate);
    Estimate.Bounds theirs = wilson(other);
    double difference = rate.success() - other.success();
    return Estimate.of(
        difference,
        difference - Math.hypot(rate.success() - ours.lower(), theirs.upper() - other.success()),
        difference + Math.hypot(ours.upper() - rate.success(), other.success() - theirs.lower()));
  }

  private static Estimate.Bounds wilson(RunSummary.Rate rate) {
    return rate(rate.successes(), rate.episodes()).bounds().orElseThrow();
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
   * A {@link #mean} of rates: its bounds end where rates do, at 0 and 1.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Estimate meanRate(List<Double> rates) {
    Estimate mean = mean(rates);
    return mean.bounds()
        .map(
            bounds ->
                Estimate.of(mean.value(), Math.max(0, bounds.lower()), Math.min(1, bounds.upper())))
        .orElse(mean);
  }

  /**
   * What one arm has more than the other, seed by seed: what a seed does to both cancels out.
   *
   * @param ofArm by seed
   * @param ofOther by seed
   * @return empty where the arms share no seed
   */
  public static Optional<Difference.PairedBySeed> pairedDifference(
      Map<Long, Double> ofArm, Map<Long, Double> ofOther) {
    var differences = new ArrayList<Double>();
    new TreeMap<>(ofArm)
        .forEach(
            (seed, value) ->
                Optional.ofNullable(ofOther.get(seed))
                    .ifPresent(other -> differences.add(value - other)));
    return differences.isEmpty()
        ? Optional.empty()
        : Optional.of(new Difference.PairedBySeed(mean(differences), differences.size()));
  }
}
