package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.TreeSet;
import org.gtrturbo.events.OffsetRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranges stay in order, neighbours grow together, and nothing is added twice. */
class OffsetRangesTest {
  private final OffsetRanges ranges = new OffsetRanges(3);

  @Test
  void neighboursGrowTogether() {
    ranges.add(5);
    ranges.add(1, 2);
    ranges.add(3, 4);

    assertThat(ranges.toList()).containsExactly(new OffsetRange(3, 1L, 5L));
  }

  @Test
  void anOffsetThatIsInTheSetIsRefusedWithItsPlace() {
    ranges.add(4, 9);

    assertThatThrownBy(() -> ranges.add(2, 4))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("partition 3: offsets 2 to 4 must be settled once, 4 to 9 are settled already");
    assertThatThrownBy(() -> ranges.add(7)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> ranges.add(1, 20)).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsInAndWhatIsMissingAgreesWithAPlainSet(long seed) {
    var random = new SplittableRandom(seed);
    var plain = new TreeSet<Long>();
    for (int round = 0; round < 60; round++) {
      long offset = random.nextLong(100);
      if (plain.add(offset)) {
        ranges.add(offset);
      }
    }
    long first = random.nextLong(50);
    long last = first + random.nextLong(50);
    var missing = new TreeSet<Long>();
    for (long offset = 0; offset < 120; offset++) {
      assertThat(ranges.contains(offset)).isEqualTo(plain.contains(offset));
      if (offset >= first && offset <= last && !plain.contains(offset)) {
        missing.add(offset);
      }
    }
    var said = new TreeSet<Long>();
    for (OffsetRange range : ranges.missing(first, last)) {
      for (long offset = range.getFirst(); offset <= range.getLast(); offset++) {
        said.add(offset);
      }
    }
    assertThat(said).isEqualTo(missing);
  }
}
