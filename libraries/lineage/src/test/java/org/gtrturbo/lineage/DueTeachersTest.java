package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.merging.MergeRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A teacher is to come for each checkpoint that has a weight and is not kept out. */
class DueTeachersTest {

  @ParameterizedTest(name = "{0} {1} every {2}, from teacher {3} of {4}: {5} is settled {6}")
  @CsvSource({
    "ema, alpha=0.5, 1, 3, 3, 3, true",
    "ema, alpha=0.5, 1, 3, 3, 4, false",
    "ema, alpha=0.5, 4, 4, 1, 7, true",
    "ema, alpha=0.5, 4, 4, 1, 8, false",
    "frozen, , 1, 0, 0, 9, true",
    "linear, 'weights=1,2', 1, 2, 2, 9, true",
    "linear, 'weights=1,2', 1, 1, 1, 9, false",
    // The first was kept out, so the second weight is the third checkpoint's.
    "linear, 'weights=1,2', 1, 2, 1, 3, false",
    "linear, 'weights=1:1,4:1', 1, 1, 1, 3, true",
    "linear, 'weights=1:1,4:1', 1, 1, 1, 4, false",
    "linear, 'weights=1:1,4:1', 1, 4, 2, 9, true"
  })
  void whatHasNoWeightIsNotWaitedFor(
      String rule, String settings, int every, long newest, long merged, long upTo, boolean done) {
    var due = new DueTeachers(MergeRule.of(rule, settings(settings)), every);

    assertThat(due.isSettled(teacher(newest, merged), upTo, new Verdicts())).isEqualTo(done);
  }

  @Test
  void whatIsKeptOutIsNotWaitedFor() {
    var due = new DueTeachers(MergeRule.of("sma", Map.of()), 1);
    var verdicts = new Verdicts();
    verdicts.add(decision(DecisionKind.QUARANTINE, 4));

    assertThat(due.isSettled(teacher(3, 3), 4, verdicts)).isTrue();
    assertThat(due.isSettled(teacher(3, 3), 5, verdicts)).isFalse();
    verdicts.add(decision(DecisionKind.EXCLUDE, 5));
    assertThat(due.isSettled(teacher(3, 3), 5, verdicts)).isTrue();
    verdicts.add(decision(DecisionKind.ADMIT, 4));
    assertThat(due.isSettled(teacher(3, 3), 5, verdicts)).isFalse();
  }

  private static Map<String, String> settings(String text) {
    return text == null ? Map.of() : Map.of(text.split("=", 2)[0], text.split("=", 2)[1]);
  }

  private static Decision decision(DecisionKind kind, long checkpoint) {
    return Decision.newBuilder()
        .setRun("run")
        .setKind(kind)
        .setCheckpoint(checkpoint)
        .setReason("as the test says")
        .setBy("test")
        .setAt(Instant.EPOCH)
        .build();
  }

  private static Teacher teacher(long version, long merged) {
    return Teacher.newBuilder()
        .setRun("run")
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setRule("")
        .setRuleSettings(Map.of())
        .setMerged(merged)
        .setWeight(merged)
        .setInputs(List.of())
        .setPolicy(new BlobRef("", 0L))
        .setTensors(List.of())
        .setOnnx(new BlobRef("", 0L))
        .setCreatedAt(Instant.EPOCH)
        .build();
  }
}
