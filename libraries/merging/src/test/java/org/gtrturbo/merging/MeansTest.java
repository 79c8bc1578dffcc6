package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules against their closed forms, computed in double over the whole history. */
class MeansTest {
  private static final int LENGTH = 257;
  private static final int CHECKPOINTS = 40;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 8);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void emaWeighsEachCheckpointByAlphaAndItsAgeAndTheBaseByWhatIsLeft(long seed) {
    var random = new SplittableRandom(seed);
    double alpha = random.nextDouble(0.05, 1);
    float[] base = vector(random);
    List<float[]> checkpoints = vectors(random);

    float[] teacher = folded(new Ema(alpha), base, checkpoints);

    for (int index = 0; index < LENGTH; index++) {
      double expected = Math.pow(1 - alpha, CHECKPOINTS) * base[index];
      for (int n = 0; n < CHECKPOINTS; n++) {
        expected += alpha * Math.pow(1 - alpha, CHECKPOINTS - 1 - n) * checkpoints.get(n)[index];
      }
      assertThat((double) teacher[index]).isCloseTo(expected, within(1e-5));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void smaIsTheMeanOfTheCheckpointsWithoutTheBase(long seed) {
    var random = new SplittableRandom(seed);
    float[] base = vector(random);
    List<float[]> checkpoints = vectors(random);

    float[] teacher = folded(new Sma(), base, checkpoints);

    for (int index = 0; index < LENGTH; index++) {
      int place = index;
      double mean = checkpoints.stream().mapToDouble(values -> values[place]).average().orElse(0);
      assertThat((double) teacher[index]).isCloseTo(mean, within(1e-5));
    }
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void theFirstCheckpointOfAMeanIsTheTeacherBitForBit(long seed) {
    var random = new SplittableRandom(seed);
    float[] base = vector(random);
    float[] first = vector(random);
    base[0] = 1e30f;
    first[0] = 1e-30f;

    assertThat(folded(new Sma(), base, List.of(first))).containsExactly(first);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void aCheckpointEqualToTheTeacherLeavesItUnchangedBitForBit(long seed) {
    var random = new SplittableRandom(seed);
    float[] teacher = vector(random);
    List<float[]> same = List.of(teacher, teacher, teacher, teacher, teacher);

    assertThat(folded(new Ema(0.3), teacher, same)).containsExactly(teacher);
    assertThat(folded(new Sma(), teacher, same)).containsExactly(teacher);
  }

  @Test
  void aFoldMayWriteOverItsOwnTeacher() {
    MemorySegment teacher = MemorySegment.ofArray(new float[] {0, 2, -4});
    MemorySegment newest = MemorySegment.ofArray(new float[] {4, 2, 0});

    WeightVectors.fold(teacher, newest, 0.25, teacher);

    assertThat(teacher.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2, -3);
  }

  @Test
  void weightsAreThoseOfThePaper() {
    assertThat(shareOf(new Ema(0.5), 1)).hasValue(0.5);
    assertThat(shareOf(new Ema(0.5), 99)).hasValue(0.5);
    assertThat(shareOf(new Sma(), 1)).hasValue(1.0);
    assertThat(shareOf(new Sma(), 4)).hasValue(0.25);
    assertThat(shareOf(new Frozen(), 1)).isEmpty();
  }

  @Test
  void whatCannotBeMergedIsRefused() {
    MemorySegment three = MemorySegment.ofArray(new float[3]);
    MemorySegment four = MemorySegment.ofArray(new float[4]);

    assertThatThrownBy(() -> new Ema(0)).hasMessageContaining("alpha must be above 0");
    assertThatThrownBy(() -> new Ema(1.01)).hasMessageContaining("got 1.01");
    assertThatThrownBy(() -> new MergeProgress(-1, 0)).hasMessageContaining("from 0, got -1");
    assertThatThrownBy(() -> WeightVectors.fold(three, four, 0.5, three))
        .hasMessageContaining("12 and 16 bytes");
    assertThatThrownBy(() -> WeightVectors.fold(three, three, Double.NaN, three))
        .hasMessageContaining("weight must be in [0, 1]");
  }

  @Test
  void distanceAndBrokenNumbersAreFound() {
    float[] values = {3, 0, 4};
    MemorySegment origin = MemorySegment.ofArray(new float[3]);

    assertThat(WeightVectors.distance(origin, MemorySegment.ofArray(values))).isEqualTo(5);
    assertThat(WeightVectors.firstNotFinite(MemorySegment.ofArray(values))).isEmpty();
    values[2] = Float.NEGATIVE_INFINITY;
    assertThat(WeightVectors.firstNotFinite(MemorySegment.ofArray(values)))
        .isEqualTo(OptionalLong.of(2));
    values[1] = Float.NaN;
    assertThat(WeightVectors.firstNotFinite(MemorySegment.ofArray(values)))
        .isEqualTo(OptionalLong.of(1));
  }

  private static Optional<Double> shareOf(MergeRule rule, long number) {
    return rule.plan(new MergeProgress(number - 1, number - 1), number).map(Fold::newest);
  }

  private static float[] folded(MergeRule rule, float[] base, List<float[]> checkpoints) {
    var merge = new RunningMerge(rule, base);
    checkpoints.forEach(merge::fold);
    return merge.teacher();
  }

  private static List<float[]> vectors(SplittableRandom random) {
    var vectors = new ArrayList<float[]>();
    for (int n = 0; n < CHECKPOINTS; n++) {
      vectors.add(vector(random));
    }
    return vectors;
  }

  private static float[] vector(SplittableRandom random) {
    float[] vector = new float[LENGTH];
    for (int index = 0; index < LENGTH; index++) {
      vector[index] = (float) random.nextGaussian();
    }
    return vector;
  }
}
