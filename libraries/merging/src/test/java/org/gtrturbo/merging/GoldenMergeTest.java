package org.gtrturbo.merging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every rule, folded piece by piece, against {@code merge_rules.py}, which merges the whole history
 * at once in double precision.
 */
class GoldenMergeTest {
  /** A float32 running average is rounded at each fold. */
  private static final double ROUNDING = 1e-6;

  private static final Golden GOLDEN = read();

  record Golden(Map<String, Checkpoints> sets, List<Case> cases) {}

  record Checkpoints(Map<String, float[]> base, List<Map<String, float[]>> checkpoints) {}

  record Case(
      String rule,
      Map<String, String> settings,
      String set,
      Map<Integer, Map<String, float[]>> teachers) {
    @Override
    public String toString() {
      return rule + " " + settings + " of the " + set + " set";
    }
  }

  static Stream<Case> cases() {
    return GOLDEN.cases().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void aRunningMergeIsTheOneOverTheWholeHistory(Case golden) {
    MergeRule rule = MergeRule.of(golden.rule(), golden.settings());
    Checkpoints set = GOLDEN.sets().get(golden.set());
    var merge = new RunningMerge(rule, set.base());

    for (int number = 1; number <= set.checkpoints().size(); number++) {
      merge.fold(set.checkpoints().get(number - 1));
      Map<String, float[]> expected = golden.teachers().getOrDefault(number, Map.of());
      expected.forEach((tensor, values) -> assertSame(merge.teacher(tensor), values));
    }
  }

  private static void assertSame(float[] found, float[] expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int index = 0; index < found.length; index++) {
      double allowed = ROUNDING * Math.max(1, Math.abs(expected[index]));
      assertThat((double) found[index])
          .as("element %d", index)
          .isCloseTo(expected[index], within(allowed));
    }
  }

  private static Golden read() {
    try (var file = GoldenMergeTest.class.getResourceAsStream("/golden/merges.json")) {
      return new ObjectMapper().readValue(file, Golden.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
