package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A measurement is its median and its extremes, as one line of JSON. */
class MeasurementTest {
  @Test
  void theMedianOfAnOddNumberOfRunsIsTheMiddleOne() {
    assertThat(Measurement.of("actors", "turns/s", List.of(900.0, 100.0, 200.0)))
        .isEqualTo(new Measurement("actors", 200, 100, 900, "turns/s", 3));
  }

  @Test
  void theMedianOfAnEvenNumberOfRunsIsBetweenTheMiddleTwo() {
    assertThat(Measurement.of("actors", "turns/s", List.of(4.0, 1.0, 3.0, 2.0)).median())
        .isEqualTo(2.5);
  }

  @Test
  void theLineHoldsEveryPart() {
    assertThat(Measurement.of("actors", "turns/s", List.of(1.26)).json())
        .isEqualTo(
            "{\"name\":\"actors\",\"median\":1.3,\"min\":1.3,\"max\":1.3,\"unit\":\"turns/s\","
                + "\"runs\":1}");
  }
}
