package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.gtrturbo.merging.MagnitudeSelection.Differences;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The k-th largest magnitude against a full sort: from all held at once, from a sample's guess,
 * from guesses that are wrong or too wide, and from counts alone.
 */
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

  static Stream<MagnitudeRange> guesses() {
    int one = Float.floatToRawIntBits(1);
    return Stream.of(
        MagnitudeRange.ALL,
        new MagnitudeRange(0, 0),
        new MagnitudeRange(0, one),
        new MagnitudeRange(one, Integer.MAX_VALUE),
        new MagnitudeRange(one, one),
        new MagnitudeRange(one - 1000, one + 1000),
        new MagnitudeRange(Integer.MAX_VALUE, Integer.MAX_VALUE));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("guesses")
  void aWrongGuessCostsTimeAndNothingElse(MagnitudeRange guess) {
    for (boolean coarse : new boolean[] {false, true}) {
      var random = new SplittableRandom(4);
      float[] newest = values(random, 300_000, coarse);
      float[] base = values(random, newest.length, coarse);
      float[] sorted = sortedMagnitudes(newest, base);
      var vectors = List.of(differences(newest, base));

      for (int rank : new int[] {1, 2, 60_000, 240_000, newest.length}) {
        assertThat(MagnitudeSelection.largestWithin(vectors, guess, newest.length, rank))
            .isEqualTo(sorted[newest.length - rank]);
      }
    }
  }

  @Test
  void aVectorThatASampleKnowsLittleOfIsSearchedTheSame() {
    // Sorted, so that blocks are all alike, and with a step where the k-th is.
    float[] newest = new float[500_000];
    for (int index = 0; index < newest.length; index++) {
      newest[index] = index < 100_000 ? Float.MIN_VALUE * index : 1 + index * 1e-3f;
    }
    float[] base = new float[newest.length];

    for (int rank : new int[] {399_999, 400_000, 400_001}) {
      assertThat(largest(newest, base, rank)).isEqualTo(newest[newest.length - rank]);
    }
  }

  @ParameterizedTest(name = "all {0}")
  @ValueSource(floats = {0f, -0f, Float.MIN_VALUE, 1e-40f, -1f, Float.MAX_VALUE})
  void magnitudesThatAreAllTheSameAreFound(float value) {
    for (int elements : new int[] {1, 100, 200_000, (1 << 20) + 100}) {
      var newest = new float[elements];
      Arrays.fill(newest, value);
      for (int rank : new int[] {1, (elements + 1) / 2, elements}) {
        assertThat(largest(newest, new float[elements], rank)).isEqualTo(Math.abs(value));
      }
    }
  }

  @Test
  void oneThatIsDifferentIsFoundAmongMany() {
    var newest = new float[1 << 21];
    Arrays.fill(newest, -2);
    newest[newest.length - 1] = 3;
    newest[12_345] = 1;

    assertThat(largest(newest, new float[newest.length], 1)).isEqualTo(3);
    assertThat(largest(newest, new float[newest.length], 2)).isEqualTo(2);
    assertThat(largest(newest, new float[newest.length], newest.length)).isEqualTo(1);
  }

  @Test
  void manyShortVectorsAreSearchedAsOneLongOne() {
    var random = new SplittableRandom(21);
    float[] newest = values(random, 200_000, false);
    float[] sorted = sortedMagnitudes(newest, new float[newest.length]);
    var cut = new ArrayList<Differences>();
    for (int first = 0; first < newest.length; ) {
      int end = Math.min(newest.length, first + random.nextInt(3000));
      cut.add(differences(Arrays.copyOfRange(newest, first, end), new float[end - first]));
      first = end;
    }

    assertThat(MagnitudeSelection.largest(cut, 160_000)).isEqualTo(sorted[40_000]);
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
      for (int elements : new int[] {2, 300_000, 1 << 21}) {
        var newest = new float[elements];
        newest[elements / 2] = broken;
        assertThatThrownBy(() -> largest(newest, new float[elements], elements))
            .hasMessageContaining("no finite number");
      }
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
