package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Adapters are merged as the weights that they make, not as factors. */
class AdaptedMatrixTest {
  private static final AdaptedMatrix.Shape SHAPE = new AdaptedMatrix.Shape(2, 3, 700, 2);

  @Test
  void aRunThatBeginsAndEndsAnywhereHoldsTheProductOfTheAdapters() {
    var random = new SplittableRandom(1);
    float[] matrix = values(random, 2 * 3 * 700);
    float[] down = values(random, 2 * 3 * 2);
    float[] up = values(random, 2 * 2 * 700);
    var adapted = new AdaptedMatrix(vector(matrix), vector(down), vector(up), 0.5f, SHAPE);

    int first = 650;
    int count = 2500;
    float[] run =
        adapted
            .read(first, count, MemorySegment.ofArray(new float[count]))
            .toArray(ValueLayout.JAVA_FLOAT);

    for (int index = 0; index < count; index++) {
      int row = (first + index) / 700;
      int column = (first + index) % 700;
      int stack = row / 3;
      float sum = 0;
      for (int inner = 0; inner < 2; inner++) {
        sum += 0.5f * down[row * 2 + inner] * up[(stack * 2 + inner) * 700 + column];
      }
      assertThat(run[index]).as("element %d", first + index).isEqualTo(matrix[first + index] + sum);
    }
  }

  @Test
  void theMeanOfAdaptersIsTheMeanOfWhatTheyMakeNotTheProductOfTheirMeans() {
    var shape = new AdaptedMatrix.Shape(1, 1, 1, 1);
    float[] base = {1};
    WeightVector first =
        new AdaptedMatrix(
            vector(base), vector(new float[] {4}), vector(new float[] {0.5f}), 1, shape);
    WeightVector second =
        new AdaptedMatrix(
            vector(base), vector(new float[] {-1}), vector(new float[] {-6}), 1, shape);
    MemorySegment teacher = MemorySegment.ofArray(new float[1]);
    var tensor = new OfflineMerge.Tensor("w", vector(base), List.of(first, second), teacher);

    new OfflineMerge(new Sma(), count -> {}).merge(List.of(1L, 2L), List.of(tensor));

    // The products are 2 and 6. The product of the factors' means would be 1.5 · −2.75.
    assertThat(teacher.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(5);
  }

  @Test
  void equalAdaptersKeepTheirSizeInEveryMerge() {
    var shape = new AdaptedMatrix.Shape(1, 2, 2, 1);
    float[] base = new float[4];
    WeightVector adapted =
        new AdaptedMatrix(
            vector(base), vector(new float[] {1, 2}), vector(new float[] {3, -1}), 2, shape);
    MemorySegment teacher = MemorySegment.ofArray(new float[4]);
    var tensor =
        new OfflineMerge.Tensor(
            "w", vector(base), List.of(adapted, adapted, adapted, adapted), teacher);

    new OfflineMerge(MergeTrapsTest.rule("ties", "density", "1"), count -> {})
        .merge(List.of(1L, 2L, 3L, 4L), List.of(tensor));

    assertThat(teacher.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(6, -2, 12, -4);
  }

  @Test
  void adaptersThatDoNotFitTheirMatrixAreRefused() {
    assertThatThrownBy(
            () ->
                new AdaptedMatrix(
                    vector(new float[6]),
                    vector(new float[2]),
                    vector(new float[4]),
                    1,
                    new AdaptedMatrix.Shape(1, 2, 3, 1)))
        .hasMessageContaining("second adapter must have 3 elements, got 4");
  }

  private static WeightVector vector(float[] values) {
    return WeightVector.of(MemorySegment.ofArray(values));
  }

  private static float[] values(SplittableRandom random, int count) {
    var values = new float[count];
    for (int index = 0; index < count; index++) {
      values[index] = (float) random.nextGaussian();
    }
    return values;
  }
}
