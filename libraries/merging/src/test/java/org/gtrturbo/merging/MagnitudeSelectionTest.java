package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.gtrturbo.merging.MagnitudeSelection.Differences;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The k-th largest magnitude against a full sort. */
class MagnitudeSelectionTest {
  static LongStream seeds() {
    return LongStream.rangeClosed(1, 6);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void itIsTheOneThatASortFinds(long seed) {
    var random = new SplittableRandom(seed);
    float[] newest = values(random, 1 + random.nextInt(5000), seed % 2 == 0);
    float[] base = values(random, newest.length, seed % 2 == 0);
    float[] sorted = sortedMagnitudes(newest, base);

    for (long rank : new long[] {1, 1 + newest.length / 3, 1 + newest.length / 2, newest.length}) {
      if (rank <= newest.length) {
        assertThat(largest(newest, base, rank)).isEqualTo(sorted[newest.length - (int) rank]);
      }
    }
  }

  @Test
  void aLongVectorIsSearchedTheSame() {
    var random = new SplittableRandom(9);
    float[] newest = values(random, (1 << 20) + 12_345, false);
    float[] base = values(random, newest.length, false);
    float[] sorted = sortedMagnitudes(newest, base);

    for (int rank : new int[] {1, 777_777, newest.length}) {
      assertThat(largest(newest, base, rank)).isEqualTo(sorted[newest.length - rank]);
    }
  }

  @Test
  void severalVectorsAreSearchedAsOne() {
    float[] zeros = new float[3];
    var first = differences(new float[] {1, -5, 2}, zeros);
    var second = differences(new float[] {-4, 3, 0}, zeros);

    assertThat(MagnitudeSelection.largest(List.of(first, second), 2)).isEqualTo(4);
    assertThat(MagnitudeSelection.largest(List.of(first, second), 6)).isZero();
  }

  @Test
  void aShareIsRoundedDownAndIsNeverNothing() {
    assertThat(MagnitudeSelection.kept(10, 0.8)).isEqualTo(8);
    assertThat(MagnitudeSelection.kept(10, 0.79)).isEqualTo(7);
    assertThat(MagnitudeSelection.kept(3, 0.1)).isEqualTo(1);
  }

  @Test
  void whatIsNoFiniteNumberIsRefused() {
    for (float broken : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      assertThatThrownBy(() -> largest(new float[] {1, broken}, new float[2], 1))
          .hasMessageContaining("no finite number");
    }
  }

  private static float largest(float[] newest, float[] base, long rank) {
    return MagnitudeSelection.largest(List.of(differences(newest, base)), rank);
  }

  private static Differences differences(float[] newest, float[] base) {
    return new Differences(
        WeightVector.of(MemorySegment.ofArray(newest)),
        WeightVector.of(MemorySegment.ofArray(base)));
  }

  private static float[] sortedMagnitudes(float[] newest, float[] base) {
    var magnitudes = new float[newest.length];
    for (int index = 0; index < newest.length; index++) {
      magnitudes[index] = Math.abs(newest[index] - base[index]);
    }
    Arrays.sort(magnitudes);
    return magnitudes;
  }

  /**
   * @param coarse few different values, and so many equal ones
   */
  private static float[] values(SplittableRandom random, int count, boolean coarse) {
    var values = new float[count];
    for (int index = 0; index < count; index++) {
      double scale = coarse ? 1 : Math.pow(10, random.nextInt(-42, 5));
      values[index] = (float) (coarse ? random.nextInt(-4, 5) : scale * random.nextGaussian());
    }
    return values;
  }
}
