package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * TIES without branches gives the bits of TIES written with them, element by element: with zeros of
 * both signs, the smallest and the largest numbers, even elections and weights that fade away.
 */
class SignedSumsTest {
  private static final int LENGTH = 1500;
  private static final int CHECKPOINTS = 5;
  private static final float[] SPECIAL = {
    0f, -0f, 1, -1, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MAX_VALUE / 8, -Float.MAX_VALUE / 8
  };

  static Stream<Map<String, String>> settings() {
    return LongStream.rangeClosed(1, 3)
        .boxed()
        .flatMap(
            seed ->
                Stream.of(
                    Map.of("seed", "" + seed),
                    Map.of("seed", "" + seed, "weighting", "ema", "alpha", "0.3"),
                    Map.of("seed", "" + seed, "weighting", "linear", "weights", "1e-320,1,2,3,4")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void itIsTheDefinitionToTheBit(Map<String, String> settings) {
    var random = new SplittableRandom(Long.parseLong(settings.getOrDefault("seed", "")));
    var ofRule = new HashMap<>(settings);
    ofRule.remove("seed");
    MergeRule rule = MergeRule.of("ties", ofRule);
    float[] base = values(random);
    float threshold = random.nextBoolean() ? 0 : 0.5f;
    var expected = new Scalar(base, threshold);
    List<FoldStep> steps = new ArrayList<>();
    MemorySegment teacher = MemorySegment.ofArray(new float[LENGTH]);
    List<MemorySegment> sums =
        rule.sums().stream().map(sum -> MemorySegment.ofArray(new double[LENGTH])).toList();
    MergeProgress progress = MergeProgress.NONE;
    for (int version = 1; version <= CHECKPOINTS; version++) {
      Fold fold = rule.plan(progress, version).orElseThrow();
      progress = fold.after();
      float[] checkpoint = values(random);
      expected.fold(fold, checkpoint);
      var read =
          new Piece.Read(
              MemorySegment.ofArray(base),
              Piece.UNUSED,
              MemorySegment.ofArray(checkpoint),
              List.of(),
              sums);
      var piece = new Piece("tensor", 0, read, new Piece.Written(teacher, sums));
      steps.add(new FoldStep(fold, new Measure(threshold, 0), piece));
    }

    steps.forEach(step -> rule.fold(step.fold(), step.measure(), step.piece()));
    assertThat(bits(teacher)).containsExactly(bits(MemorySegment.ofArray(expected.teacher())));

    teacher.fill((byte) 0);
    rule.merge(MemorySegment.ofArray(base), steps);
    assertThat(bits(teacher)).containsExactly(bits(MemorySegment.ofArray(expected.teacher())));
  }

  private static int[] bits(MemorySegment vector) {
    return vector.toArray(ValueLayout.JAVA_INT_UNALIGNED);
  }

  private static float[] values(SplittableRandom random) {
    var values = new float[LENGTH];
    for (int index = 0; index < LENGTH; index++) {
      values[index] =
          random.nextBoolean()
              ? SPECIAL[random.nextInt(SPECIAL.length)]
              : (float) random.nextGaussian();
    }
    return values;
  }

  /** As the definition reads. */
  private static final class Scalar {
    private final float[] base;
    private final float threshold;
    private final double[][] sums = new double[4][LENGTH];

    Scalar(float[] base, float threshold) {
      this.base = base;
      this.threshold = threshold;
    }

    void fold(Fold fold, float[] checkpoint) {
      for (int index = 0; index < LENGTH; index++) {
        float difference = checkpoint[index] - base[index];
        float trimmed = Math.abs(difference) >= threshold ? difference : 0;
        int sign = trimmed > 0 ? 0 : 2;
        for (double[] sum : sums) {
          sum[index] *= fold.kept();
        }
        if (trimmed != 0) {
          sums[sign][index] += fold.added() * Math.abs(trimmed);
          sums[sign + 1][index] += fold.added();
        }
      }
    }

    float[] teacher() {
      var teacher = new float[LENGTH];
      for (int index = 0; index < LENGTH; index++) {
        double up = sums[0][index];
        double down = sums[2][index];
        double weight = up > down ? sums[1][index] : sums[3][index];
        double merged = 0;
        if (up != down && weight > 0) {
          merged = (up > down ? up : -down) / weight;
        }
        teacher[index] = (float) (base[index] + merged);
      }
      return teacher;
    }
  }
}
