package org.gtrturbo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RatioTest {
  @Test
  void theMedianIsOfRoundsRatiosNotARatioOfMedians() {
    Ratio ratio = Ratio.of("work", "time", "peer", List.of(1.0, 2.0, 9.0), List.of(2.0, 8.0, 10.0));

    assertThat(ratio.json())
        .isEqualTo(
            "{\"name\":\"work\",\"median\":0.5,\"min\":0.25,\"max\":0.9,\"of\":\"time\",\"peer\":\"peer\",\"runs\":3}");
  }
}
