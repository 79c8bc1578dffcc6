package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Intervals against values in print. */
class StatisticsTest {
  /** "Student"'s sleep data: extra hours of ten patients under two drugs. */
  private static final List<Double> FIRST_DRUG =
      List.of(0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0);

  private static final List<Double> SECOND_DRUG =
      List.of(1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4);

  @ParameterizedTest(name = "{0} of {1}")
  // Newcombe 1998, Statistics in Medicine 17, table I, method 3.
  @CsvSource({
    "81, 263, 0.2553, 0.3662",
    "15, 148, 0.0624, 0.1605",
    "0, 20, 0.0000, 0.1611",
    "1, 29, 0.0061, 0.1718"
  })
  void aRateHasWilsonsInterval(long successes, long trials, double lower, double upper) {
    Estimate rate = Statistics.rate(successes, trials);

    assertThat(rate.value()).isCloseTo((double) successes / trials, within(1e-12));
    assertThat(rate.bounds().orElseThrow().lower()).isCloseTo(lower, within(5e-5));
    assertThat(rate.bounds().orElseThrow().upper()).isCloseTo(upper, within(5e-5));
  }

  @ParameterizedTest(name = "{0} of {1} and {2} of {3}")
  // Newcombe 1998, Statistics in Medicine 17, 873 to 890, table II, method 10.
  @CsvSource({
    "56, 70, 48, 80, 0.0524, 0.3339",
    "9, 10, 3, 10, 0.1705, 0.8090",
    "5, 56, 0, 29, -0.0381, 0.1926",
    "0, 10, 0, 20, -0.1611, 0.2775",
    "10, 10, 0, 20, 0.6791, 1.0000"
  })
  void aDifferenceOfRatesHasNewcombesInterval(
      long successes, long trials, long others, long othersTrials, double lower, double upper) {
    Estimate difference =
        Statistics.difference(rate(successes, trials), rate(others, othersTrials));

    assertThat(difference.value())
        .isCloseTo((double) successes / trials - (double) others / othersTrials, within(1e-12));
    assertThat(difference.bounds().orElseThrow().lower()).isCloseTo(lower, within(5e-5));
    assertThat(difference.bounds().orElseThrow().upper()).isCloseTo(upper, within(5e-5));
  }

  @Test
  void aPairedDifferenceHasStudentsInterval() {
    var difference =
        Statistics.pairedDifference(bySeed(SECOND_DRUG), bySeed(FIRST_DRUG)).orElseThrow();

    // As R prints it for t.test(..., paired = TRUE): 1.58, from 0.7001142 to 2.4598858.
    assertThat(difference.pairs()).isEqualTo(10);
    assertThat(difference.estimate().value()).isCloseTo(1.58, within(1e-9));
    assertThat(difference.estimate().bounds().orElseThrow().lower())
        .isCloseTo(0.7001142, within(1e-7));
    assertThat(difference.estimate().bounds().orElseThrow().upper())
        .isCloseTo(2.4598858, within(1e-7));
  }

  @Test
  void onlySeedsThatBothArmsHaveArePaired() {
    var difference =
        Statistics.pairedDifference(Map.of(1L, 0.5, 2L, 0.7, 3L, 0.9), Map.of(2L, 0.4, 3L, 0.2));

    assertThat(difference.orElseThrow().pairs()).isEqualTo(2);
    assertThat(difference.orElseThrow().estimate().value()).isCloseTo(0.5, within(1e-12));
    assertThat(Statistics.pairedDifference(Map.of(1L, 0.5), Map.of(2L, 0.4))).isEmpty();
  }

  @Test
  void oneValueSaysNothingAboutItsUncertainty() {
    assertThat(Statistics.mean(List.of(0.25))).isEqualTo(Estimate.of(0.25));
  }

  @Test
  void theIntervalOfAMeanOfRatesEndsWhereRatesDo() {
    Estimate.Bounds bounds = Statistics.mean(List.of(0.95, 1.0, 1.0)).bounds().orElseThrow();
    assertThat(bounds.upper()).isGreaterThan(1);

    assertThat(Statistics.meanRate(List.of(0.95, 1.0, 1.0)).bounds())
        .contains(new Estimate.Bounds(bounds.lower(), 1));
    assertThat(Statistics.meanRate(List.of(0.05, 0.0, 0.0)).bounds().orElseThrow().lower())
        .isZero();
    assertThat(Statistics.meanRate(List.of(0.25))).isEqualTo(Estimate.of(0.25));
  }

  @Test
  void equalValuesHaveAnIntervalOfNoWidth() {
    assertThat(Statistics.mean(List.of(0.25, 0.25))).isEqualTo(Estimate.of(0.25, 0.25, 0.25));
  }

  @Test
  void moreSuccessesThanTrialsAreRefused() {
    assertThatThrownBy(() -> Statistics.rate(3, 2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Statistics.rate(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Statistics.mean(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static RunSummary.Rate rate(long successes, long episodes) {
    return RunSummary.Rate.of(new Score(episodes, successes, 0, OptionalDouble.empty(), 1, 8));
  }

  private static Map<Long, Double> bySeed(List<Double> values) {
    Map<Long, Double> numbered = new HashMap<>();
    values.forEach(value -> numbered.put((long) numbered.size(), value));
    return numbered;
  }
}
