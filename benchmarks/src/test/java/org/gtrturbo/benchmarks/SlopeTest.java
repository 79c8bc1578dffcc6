package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class SlopeTest {
  @Test
  void aStraightLineHasItsSlopeAndNoDoubt() {
    Slope slope = Slope.through(List.of(0.0, 1.0, 2.0, 3.0), List.of(5.0, 7.0, 9.0, 11.0));

    assertThat(slope.perHour()).isCloseTo(2, Offset.offset(1e-12));
    assertThat(slope.halfWidth()).isCloseTo(0, Offset.offset(1e-12));
  }

  @Test
  void scatteredSamplesWidenTheInterval() {
    Slope slope = Slope.through(List.of(0.0, 1.0, 2.0, 3.0), List.of(1.0, -1.0, -1.0, 1.0));

    // Residuals ±1, so s² = 4 / 2 and Σ(x − mean)² = 5.
    assertThat(slope.perHour()).isCloseTo(0, Offset.offset(1e-12));
    // Student's t of two degrees of freedom.
    assertThat(slope.halfWidth()).isCloseTo(4.302653 * Math.sqrt(2.0 / 5), Offset.offset(1e-5));
  }

  @Test
  void samplesThatHangTogetherCountAsOne() {
    List<Double> hours = List.of(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0);
    List<Double> samples = List.of(1.0, 3.0, 6.0, 2.0, 5.0, 7.0, 9.0, 9.0, 9.0);

    // Means of twos, the last of three: (0.5, 2), (2.5, 4), (4.5, 6), (7, 9).
    assertThat(Slope.throughMeans(hours, samples, 4))
        .isEqualTo(Slope.through(List.of(0.5, 2.5, 4.5, 7.0), List.of(2.0, 4.0, 6.0, 9.0)));
  }

  @Test
  void moreStretchesThanSamplesAreRefused() {
    assertThatThrownBy(() -> Slope.throughMeans(List.of(0.0, 1.0), List.of(0.0, 1.0), 3))
        .hasMessage(
            "three stretches or more, of a sample at least, are needed for a slope,"
                + " got 2 samples for 3");
  }

  @Test
  void twoSamplesAreRefused() {
    assertThatThrownBy(() -> Slope.through(List.of(0.0, 1.0), List.of(0.0, 1.0)))
        .hasMessage("a slope needs three samples or more, got 2");
  }
}
