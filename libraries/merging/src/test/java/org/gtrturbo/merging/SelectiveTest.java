package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A rule for some tensors merges those as if there were no others. */
class SelectiveTest {
  private static final int CHECKPOINTS = 4;
  private static final Map<String, String> SOME =
      Map.of("exclude", "step*", "frozen", "vision.*", "tied", "head=embedding");

  static List<MergeRule> rules() {
    return OfflineMergeTest.rules().stream().filter(rule -> !(rule instanceof Frozen)).toList();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rules")
  void whatIsNamedIsNotMergedAndTheRestIsAsIfItWereAlone(MergeRule rule) {
    Map<String, float[]> base = model(0);
    List<Map<String, float[]>> checkpoints =
        LongStream.rangeClosed(1, CHECKPOINTS).mapToObj(SelectiveTest::model).toList();
    var settings = new HashMap<>(rule.settings());
    settings.putAll(SOME);

    Map<String, float[]> all = merged(MergeRule.of(rule.name(), settings), base, checkpoints);
    Map<String, float[]> alone =
        merged(rule, only(base), checkpoints.stream().map(SelectiveTest::only).toList());

    assertThat(all.get("embedding")).containsExactly(alone.get("embedding"));
    assertThat(all.get("layer")).containsExactly(alone.get("layer"));
    assertThat(all.get("head")).containsExactly(all.get("embedding"));
    assertThat(all.get("steps")).containsExactly(checkpoints.getLast().get("steps"));
    assertThat(all.get("vision.a")).containsExactly(base.get("vision.a"));
  }

  @Test
  void aNameThatNoTensorHasIsRefused() {
    MergeRule rule = MergeRule.of("sma", Map.of("exclude", "nrom.*"));

    assertThatThrownBy(() -> merged(rule, model(0), List.of(model(1))))
        .hasMessageContaining("no tensor nrom.*");
  }

  private static Map<String, float[]> merged(
      MergeRule rule, Map<String, float[]> base, List<Map<String, float[]>> checkpoints) {
    var out = new LinkedHashMap<String, MemorySegment>();
    base.forEach((name, values) -> out.put(name, vector(new float[values.length])));
    var _ =
        new OfflineMerge(rule, _ -> {})
            .merge(
                LongStream.rangeClosed(1, checkpoints.size()).boxed().toList(),
                OfflineMergeTest.tensors(base, checkpoints, out));
    var values = new HashMap<String, float[]>();
    out.forEach((name, vector) -> values.put(name, vector.toArray(ValueLayout.JAVA_FLOAT)));
    return values;
  }

  private static Map<String, float[]> only(Map<String, float[]> model) {
    var some = new LinkedHashMap<>(model);
    some.keySet().retainAll(List.of("embedding", "layer"));
    return some;
  }

  private static Map<String, float[]> model(long seed) {
    var random = new SplittableRandom(seed);
    var model = new LinkedHashMap<String, float[]>();
    for (String name : List.of("embedding", "steps", "layer", "vision.a")) {
      float[] values = new float[name.equals("layer") ? 9000 : 70];
      for (int index = 0; index < values.length; index++) {
        values[index] = (float) random.nextGaussian();
      }
      model.put(name, values);
    }
    model.put("head", model.get("embedding").clone());
    return model;
  }

  private static MemorySegment vector(float[] values) {
    return MemorySegment.ofArray(values);
  }
}
