package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Ways in which merges of checkpoints have gone wrong elsewhere, each with a test against it. */
class MergeTrapsTest {
  static List<MergeRule> averagingRules() {
    return List.of(
        new Sma(),
        new Sma(Precision.FLOAT64),
        new Ema(new Weighting.Fading(0.2, new Weighting.WarmUp(1, 1)), Precision.FLOAT32),
        new Linear(new Weighting.ByPosition(List.of(0.25, 0.25, 0.25, 0.25)), Precision.FLOAT32),
        new SlidingWindow(3),
        rule("ties", "density", "1"),
        rule("ties", "density", "1", "weighting", "ema", "alpha", "0.5"),
        rule("ties", "density", "1", "weighting", "linear", "weights", "0.25,0.25,0.25,0.25"),
        rule("incremental-ties", "density", "1"),
        rule("slerp"),
        rule("post-hoc-ema"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("averagingRules")
  void fourEqualCheckpointsComeOutAtTheirOwnSize(MergeRule rule) {
    float[] base = {1, -2, 0.5f, 0};
    float[] checkpoint = {3, -2.5f, 0.75f, -8};
    var merge = new RunningMerge(rule, base);

    for (int number = 0; number < 4; number++) {
      merge.fold(checkpoint);
    }

    assertClose(merge.teacher(), checkpoint);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("averagingRules")
  void everyCheckpointMovesTheTeacherNotOnlyTheFirst(MergeRule rule) {
    var random = new SplittableRandom(5);
    var merge = new RunningMerge(rule, vector(random, 20));

    for (int number = 1; number <= 4; number++) {
      float[] before = merge.teacher();
      merge.fold(vector(random, 20));
      assertThat(merge.teacher()).as("after checkpoint %d", number).isNotEqualTo(before);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("averagingRules")
  void theBaseIsNoMemberOfTheMerge(MergeRule rule) {
    float[] far = {1000, 1000, 1000};
    float[] checkpoint = {1001, 1002, 1004};
    var merge = new RunningMerge(rule, far);

    merge.fold(checkpoint);

    assertClose(merge.teacher(), checkpoint);
  }

  @Test
  void tiesDividesByTheWeightsThatAgreeNotByTheirNumber() {
    var merge =
        new RunningMerge(
            rule("ties", "density", "1", "weighting", "linear", "weights", "3,1,2"), new float[2]);

    merge.fold(new float[] {4, 4});
    merge.fold(new float[] {8, 8});
    merge.fold(new float[] {-1, 8});

    assertClose(merge.teacher(), new float[] {(3 * 4 + 8) / 4f, (3 * 4 + 8 + 2 * 8) / 6f});
  }

  @Test
  void theMeanCountsEveryCheckpointOnce() {
    var merge = new RunningMerge(new Sma(Precision.FLOAT64), new float[1]);

    for (int number = 1; number <= 8; number++) {
      merge.fold(new float[] {number});
    }

    assertThat(merge.teacher()).containsExactly(4.5f);
    assertThat(merge.progress()).isEqualTo(new MergeProgress(8, 8));
  }

  @Test
  void alphaWeighsTheNewestAndNotWhatIsKept() {
    var merge = new RunningMerge(new Ema(0.125), new float[1]);

    merge.fold(new float[] {8});

    assertThat(merge.teacher()).containsExactly(1);
  }

  @Test
  void aWarmUpIsTheMeanUntilAlphaIsReached() {
    var rule = new Ema(new Weighting.Fading(0.25, new Weighting.WarmUp(1, 1)), Precision.FLOAT32);
    var merge = new RunningMerge(rule, new float[] {1e6f});

    merge.fold(new float[] {6});
    merge.fold(new float[] {2});
    merge.fold(new float[] {1});
    assertThat(merge.teacher()[0]).isCloseTo(3, within(1e-6f));
    merge.fold(new float[] {3});
    merge.fold(new float[] {7});
    assertThat(merge.teacher()[0]).isCloseTo(4, within(1e-6f));
  }

  @Test
  void trimmingTheVectorIsNotTrimmingItsTensors() {
    Map<String, float[]> base = Map.of("small", new float[4], "large", new float[4]);
    var checkpoint = new LinkedHashMap<String, float[]>();
    checkpoint.put("small", new float[] {0.1f, 0.2f, 0.3f, 0.4f});
    checkpoint.put("large", new float[] {1, 2, 3, 4});
    var byTensor = new RunningMerge(rule("ties", "density", "0.5"), base);
    var byVector = new RunningMerge(rule("ties", "density", "0.5", "trimScope", "vector"), base);

    byTensor.fold(checkpoint);
    byVector.fold(checkpoint);

    assertThat(byTensor.teacher("small")).containsExactly(0, 0, 0.3f, 0.4f);
    assertThat(byTensor.teacher("large")).containsExactly(0, 0, 3, 4);
    assertThat(byVector.teacher("small")).containsExactly(0, 0, 0, 0);
    assertThat(byVector.teacher("large")).containsExactly(1, 2, 3, 4);
  }

  @Test
  void allThatIsAsLargeAsTheLastOneKeptIsKept() {
    var merge = new RunningMerge(rule("ties", "density", "0.5"), new float[4]);

    merge.fold(new float[] {2, -2, 2, 1});

    assertThat(merge.teacher()).containsExactly(2, -2, 2, 0);
  }

  @Test
  void atLeastOneDifferenceIsKept() {
    var merge = new RunningMerge(rule("ties", "density", "0.01"), new float[3]);

    merge.fold(new float[] {1, -3, 2});

    assertThat(merge.teacher()).containsExactly(0, -3, 0);
  }

  @Test
  void anEvenElectionLeavesTheBase() {
    float[] base = {5, 5, 5};
    var merge = new RunningMerge(rule("ties", "density", "1"), base);

    merge.fold(new float[] {7, 5, 4});
    merge.fold(new float[] {3, 5, 4});

    assertThat(merge.teacher()).containsExactly(5, 5, 4);
  }

  @Test
  void anElectionWithoutWeightsCanGoTheOtherWay() {
    Map<String, String> ema =
        Map.of("density", "1", "weighting", "ema", "alpha", "0.5", "election", "unweighted");
    var weighted = new RunningMerge(rule("ties", "density", "1", "weighting", "ema"), new float[1]);
    var unweighted = new RunningMerge(MergeRule.of("ties", ema), new float[1]);

    for (float value : new float[] {10, 10, -12}) {
      weighted.fold(new float[] {value});
      unweighted.fold(new float[] {value});
    }

    assertThat(weighted.teacher()).containsExactly(-12);
    assertThat(unweighted.teacher()).containsExactly(10);
  }

  @Test
  void whatHasLeftTheWindowLeavesNoTrace() {
    var merge = new RunningMerge(new SlidingWindow(2), new float[1]);

    merge.fold(new float[] {1e30f});
    merge.fold(new float[] {3});
    merge.fold(new float[] {5});

    assertThat(merge.teacher()).containsExactly(4);
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 4);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void twoHundredRunningFoldsOfTiesAreTheBatchDefinition(long seed) {
    var random = new SplittableRandom(seed);
    int elements = 200;
    double alpha = random.nextDouble(0.02, 0.3);
    float[] base = vector(random, elements);
    List<float[]> checkpoints =
        LongStream.range(0, 200).mapToObj(number -> vector(random, elements)).toList();
    var equal = new RunningMerge(rule("ties", "density", "0.7"), base);
    var fading =
        new RunningMerge(
            rule("ties", "density", "0.7", "weighting", "ema", "alpha", Double.toString(alpha)),
            base);

    for (float[] checkpoint : checkpoints) {
      equal.fold(checkpoint);
      fading.fold(checkpoint);
    }

    assertClose(equal.teacher(), batchTies(base, checkpoints, 0));
    assertClose(fading.teacher(), batchTies(base, checkpoints, alpha));
  }

  /** By the definition, with every difference in memory; α = 0 stands for equal weights. */
  private static float[] batchTies(float[] base, List<float[]> checkpoints, double alpha) {
    int elements = base.length;
    var positive = new double[elements];
    var positiveWeight = new double[elements];
    var negative = new double[elements];
    var negativeWeight = new double[elements];
    for (int number = 0; number < checkpoints.size(); number++) {
      double weight = alpha == 0 ? 1 : Math.pow(1 - alpha, checkpoints.size() - 1 - number);
      var differences = new float[elements];
      var sorted = new float[elements];
      for (int index = 0; index < elements; index++) {
        differences[index] = checkpoints.get(number)[index] - base[index];
        sorted[index] = Math.abs(differences[index]);
      }
      Arrays.sort(sorted);
      float threshold = sorted[elements - (int) (elements * 0.7)];
      for (int index = 0; index < elements; index++) {
        if (Math.abs(differences[index]) >= threshold) {
          boolean up = differences[index] > 0;
          (up ? positive : negative)[index] += weight * differences[index];
          (up ? positiveWeight : negativeWeight)[index] += weight;
        }
      }
    }
    var merged = new float[elements];
    for (int index = 0; index < elements; index++) {
      boolean up = positive[index] + negative[index] > 0;
      double mass = up ? positive[index] : negative[index];
      double weight = up ? positiveWeight[index] : negativeWeight[index];
      merged[index] = (float) (base[index] + (weight == 0 ? 0 : mass / weight));
    }
    return merged;
  }

  @Test
  void aVeryOldMajorityFadesWithoutBecomingNoNumber() {
    var merge =
        new RunningMerge(
            rule(
                "ties",
                "density",
                "1",
                "weighting",
                "ema",
                "alpha",
                "0.9",
                "election",
                "unweighted"),
            new float[] {1});
    merge.fold(new float[] {1e6f});

    for (int number = 0; number < 400; number++) {
      merge.fold(new float[] {1});
    }

    assertThat(merge.teacher()[0]).isFinite();
  }

  @Test
  void droppingAtRandomKeepsTheMeanOfTheDifferences() {
    int elements = 2000;
    float[] checkpoint = new float[elements];
    Arrays.fill(checkpoint, 1);
    var merge =
        new RunningMerge(rule("dare-ties", "density", "0.25", "seed", "3"), new float[elements]);

    merge.fold(checkpoint);
    double once = mean(merge.teacher());
    float[] first = merge.teacher();
    merge.fold(checkpoint);

    assertThat(once).isCloseTo(1, within(0.15));
    assertThat(mean(merge.teacher())).isCloseTo(1, within(0.1));
    assertThat(first).contains(4).contains(0);
    assertThat(merge.teacher()).as("another version drops others").contains(2).contains(4);
  }

  @Test
  void theSameSeedDropsTheSameAndAnotherDoesNot() {
    float[] checkpoint = vector(new SplittableRandom(1), 100);

    assertThat(dropped("3", checkpoint)).containsExactly(dropped("3", checkpoint));
    assertThat(dropped("3", checkpoint)).isNotEqualTo(dropped("4", checkpoint));
  }

  private static float[] dropped(String seed, float[] checkpoint) {
    var merge = new RunningMerge(rule("dare-ties", "seed", seed), new float[checkpoint.length]);
    merge.fold(checkpoint);
    return merge.teacher();
  }

  @Test
  void slerpKeepsTheLengthOfTaskVectorsThatALineShortens() {
    float[] base = {1, 1};
    var merge = new RunningMerge(rule("slerp", "weighting", "ema", "alpha", "1"), base);
    merge.fold(new float[] {3, 1});
    var half = new RunningMerge(rule("slerp"), base);
    half.fold(new float[] {3, 1});
    half.fold(new float[] {1, 3});

    assertThat(merge.teacher()).containsExactly(3, 1);
    float diagonal = (float) (1 + Math.sqrt(2));
    assertClose(half.teacher(), new float[] {diagonal, diagonal});
  }

  @Test
  void slerpBetweenOppositesIsTheStraightLine() {
    var merge = new RunningMerge(rule("slerp"), new float[1]);

    merge.fold(new float[] {3});
    merge.fold(new float[] {-1});

    assertThat(merge.teacher()).containsExactly(1);
  }

  private static double mean(float[] values) {
    double total = 0;
    for (float value : values) {
      total += value;
    }
    return total / values.length;
  }

  static MergeRule rule(String name, String... settings) {
    var map = new LinkedHashMap<String, String>();
    for (int index = 0; index < settings.length; index += 2) {
      map.put(settings[index], settings[index + 1]);
    }
    return MergeRule.of(name, map);
  }

  private static float[] vector(SplittableRandom random, int elements) {
    var vector = new float[elements];
    for (int index = 0; index < elements; index++) {
      vector[index] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static void assertClose(float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int index = 0; index < found.length; index++) {
      assertThat(found[index])
          .as("element %d", index)
          .isCloseTo(expected[index], within(1e-6f * Math.max(1, Math.abs(expected[index]))));
    }
  }
}
