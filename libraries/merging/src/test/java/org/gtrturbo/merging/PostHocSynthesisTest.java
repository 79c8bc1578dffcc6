package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.gtrturbo.merging.PostHocSynthesis.Snapshot;
import org.gtrturbo.merging.PostHocSynthesis.Synthesis;
import org.junit.jupiter.api.Test;

/** Averages of lengths that nobody kept, out of two that were. */
class PostHocSynthesisTest {
  private static final int CHECKPOINTS = 120;
  private static final PostHocEma RULE =
      new PostHocEma(0.05, 0.10, PostHocEma.Guide.LONGER, Precision.FLOAT64);

  @Test
  void lengthsAreThoseOfThePaper() {
    assertThat(PowerAverage.ofLength(0.05).gamma()).isCloseTo(16.97, within(0.005));
    assertThat(PowerAverage.ofLength(0.10).gamma()).isCloseTo(6.94, within(0.005));
    assertThat(PowerAverage.ofLength(0.2).length()).isCloseTo(0.2, within(1e-12));
    assertThat(Arrays.stream(PowerAverage.ofLength(0.1).shares(50)).sum())
        .isCloseTo(1, within(1e-12));
  }

  @Test
  void anAverageOfAnotherLengthComesOutOfStoredSums() {
    var random = new SplittableRandom(2);
    int elements = 50;
    var merge = new RunningMerge(RULE, new float[elements]);
    List<float[]> history = new ArrayList<>();
    List<Snapshot> snapshots = new ArrayList<>();
    List<MemorySegment> stored = new ArrayList<>();
    float[] walk = new float[elements];
    for (int number = 1; number <= CHECKPOINTS; number++) {
      for (int index = 0; index < elements; index++) {
        walk[index] += (float) random.nextGaussian();
      }
      history.add(walk.clone());
      merge.fold(walk);
      if (number % 8 == 0) {
        snapshots.add(new Snapshot(RULE.average(PostHocEma.Guide.SHORTER), number));
        stored.add(narrowed(merge.sum(0)));
        snapshots.add(new Snapshot(RULE.average(PostHocEma.Guide.LONGER), number));
        stored.add(narrowed(merge.sum(1)));
      }
    }
    PowerAverage wanted = PowerAverage.ofLength(0.15);

    Synthesis synthesis = PostHocSynthesis.of(snapshots, wanted, CHECKPOINTS);
    MemorySegment made = MemorySegment.ofArray(new float[elements]);
    WeightVectors.combine(stored, synthesis.coefficients(), made);

    double[] shares = wanted.shares(CHECKPOINTS);
    double squares = 0;
    double size = 0;
    for (int index = 0; index < elements; index++) {
      double exact = 0;
      for (int number = 0; number < CHECKPOINTS; number++) {
        exact += shares[number] * history.get(number)[index];
      }
      double found = made.getAtIndex(ValueLayout.JAVA_FLOAT, index);
      squares += (found - exact) * (found - exact);
      size += exact * exact;
    }
    assertThat(Math.sqrt(squares / size)).isLessThan(0.01);
    assertThat(synthesis.error()).isLessThan(0.01);
  }

  @Test
  void aStoredAverageIsFoundAgainAsItIs() {
    var stored = new Snapshot(PowerAverage.ofLength(0.1), 20);
    var twice = List.of(new Snapshot(PowerAverage.ofLength(0.05), 20), stored, stored);

    Synthesis synthesis = PostHocSynthesis.of(twice, stored.average(), 20);

    assertThat(synthesis.coefficients()[0]).isCloseTo(0, within(1e-9));
    assertThat(synthesis.coefficients()[1] + synthesis.coefficients()[2])
        .isCloseTo(1, within(1e-9));
    assertThat(synthesis.error()).isLessThan(1e-9);
  }

  @Test
  void lengthsThatNoProfileHasAreRefused() {
    assertThatThrownBy(() -> PowerAverage.ofLength(0.3)).hasMessageContaining("got 0.3");
    assertThatThrownBy(() -> MergeTrapsTest.rule("post-hoc-ema", "shorter", "0.2"))
        .hasMessageContaining("shorter than the longer");
  }

  private static MemorySegment narrowed(double[] values) {
    var narrow = new float[values.length];
    for (int index = 0; index < values.length; index++) {
      narrow[index] = (float) values[index];
    }
    return MemorySegment.ofArray(narrow);
  }
}
