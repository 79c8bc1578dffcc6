package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Merging whole checkpoints gives the bits of folding them one by one, however they are cut. */
class OfflineMergeTest {
  private static final Map<String, Integer> ELEMENTS = Map.of("a", 9000, "b", 17, "c", 2048);
  private static final int CHECKPOINTS = 5;

  static List<MergeRule> rules() {
    List<MergeRule> rules = new ArrayList<>(MergeTrapsTest.averagingRules());
    rules.add(new Ema(0.3));
    rules.add(new Linear(new Weighting.ByVersion(Map.of(2L, 1.0, 4L, 3.0)), Precision.FLOAT64));
    rules.add(MergeTrapsTest.rule("ties", "trimScope", "vector", "precision", "float32"));
    rules.add(MergeTrapsTest.rule("incremental-ties", "trimScope", "vector"));
    rules.add(MergeTrapsTest.rule("slerp", "scope", "vector", "origin", "zero"));
    rules.add(MergeTrapsTest.rule("ties", "weighting", "ema", "election", "unweighted"));
    rules.add(MergeTrapsTest.rule("ties", "weighting", "ema", "precision", "float32"));
    rules.add(MergeTrapsTest.rule("dare-ties"));
    rules.add(MergeTrapsTest.rule("dare-ties", "precision", "float32"));
    rules.add(new Frozen());
    return rules;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void wholeCheckpointsGiveTheBitsOfPieces(MergeRule rule) {
    var random = new SplittableRandom(11);
    Map<String, float[]> base = model(random);
    List<Map<String, float[]>> checkpoints =
        LongStream.range(0, CHECKPOINTS).mapToObj(number -> model(random)).toList();
    var running = new RunningMerge(rule, base);
    checkpoints.forEach(running::fold);
    var merged = new LinkedHashMap<String, MemorySegment>();
    base.forEach((name, values) -> merged.put(name, vector(new float[values.length])));

    MergeProgress progress =
        new OfflineMerge(rule, count -> {})
            .merge(
                LongStream.rangeClosed(1, CHECKPOINTS).boxed().toList(),
                tensors(base, checkpoints, merged));

    assertThat(progress).isEqualTo(running.progress());
    merged.forEach(
        (name, teacher) ->
            assertThat(teacher.toArray(ValueLayout.JAVA_FLOAT))
                .as(name)
                .containsExactly(running.teacher(name)));
  }

  @Test
  void itTellsHowFarItIs() {
    var told = new AtomicLong();
    MemorySegment vector = vector(new float[20_000]);
    var tensor =
        new OfflineMerge.Tensor(
            "a",
            WeightVector.of(vector),
            List.of(WeightVector.of(vector), WeightVector.of(vector)),
            vector(new float[20_000]));

    new OfflineMerge(new Sma(), told::addAndGet).merge(List.of(1L, 2L), List.of(tensor));

    assertThat(told).hasValue(40_000);
  }

  @Test
  void tensorsOfDifferentLengthsAreRefused() {
    WeightVector three = WeightVector.of(vector(new float[3]));
    WeightVector four = WeightVector.of(vector(new float[4]));

    assertThatThrownBy(
            () -> new OfflineMerge.Tensor("head", three, List.of(four), vector(new float[3])))
        .hasMessageContaining("tensor head has 4 elements in a checkpoint");
  }

  /** Models by the names of their tensors, as an offline merge takes them. */
  static List<OfflineMerge.Tensor> tensors(
      Map<String, float[]> base,
      List<Map<String, float[]>> checkpoints,
      Map<String, MemorySegment> merged) {
    return base.keySet().stream()
        .map(
            name ->
                new OfflineMerge.Tensor(
                    name,
                    WeightVector.of(vector(base.get(name))),
                    checkpoints.stream()
                        .map(checkpoint -> WeightVector.of(vector(checkpoint.get(name))))
                        .toList(),
                    merged.get(name)))
        .toList();
  }

  private static MemorySegment vector(float[] values) {
    return MemorySegment.ofArray(values);
  }

  private static Map<String, float[]> model(SplittableRandom random) {
    var model = new LinkedHashMap<String, float[]>();
    for (String name : List.of("a", "b", "c")) {
      var values = new float[ELEMENTS.get(name)];
      for (int index = 0; index < values.length; index++) {
        values[index] = (float) random.nextGaussian();
      }
      model.put(name, values);
    }
    return model;
  }
}
