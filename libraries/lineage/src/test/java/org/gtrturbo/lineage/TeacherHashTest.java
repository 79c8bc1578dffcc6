package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.MergeSum;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;
import org.gtrturbo.events.TensorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a teacher's hash depends on, and what not. */
class TeacherHashTest {
  private static Teacher.Builder teacher() {
    return Teacher.newBuilder()
        .setRun("run")
        .setVersion(2)
        .setHash("")
        .setParentHash("parent")
        .setRule("ema")
        .setRuleSettings(Map.of("alpha", "0.5", "everyCheckpoints", "1"))
        .setMerged(2)
        .setInputs(List.of(new TeacherInput(TeacherInputKind.CHECKPOINT, 2L, "c2", 0.5)))
        .setPolicy(new BlobRef("policy", 9L))
        .setTensors(List.of(tensor("weight", 2, 3), tensor("bias", 6)))
        .setOnnx(new BlobRef("onnx", 99L))
        .setCreatedAt(Instant.EPOCH);
  }

  static Stream<UnaryOperator<Teacher.Builder>> whatCounts() {
    return Stream.of(
        teacher -> teacher.setVersion(3),
        teacher -> teacher.setParentHash("other"),
        teacher -> teacher.setRule("sma"),
        teacher -> teacher.setRuleSettings(Map.of("alpha", "0.6", "everyCheckpoints", "1")),
        teacher -> teacher.setMerged(3),
        teacher ->
            teacher.setInputs(
                List.of(new TeacherInput(TeacherInputKind.CHECKPOINT, 2L, "c2", 0.25))),
        teacher ->
            teacher.setInputs(List.of(new TeacherInput(TeacherInputKind.TEACHER, 2L, "c2", 0.5))),
        teacher -> teacher.setStream("slow"),
        teacher -> teacher.setRevision(1),
        teacher -> teacher.setBase(new BlobRef("base", 1L)),
        teacher -> teacher.setSums(List.of(new MergeSum("mean", List.of(new BlobRef("s", 8L))))),
        teacher -> teacher.setPolicy(new BlobRef("other", 9L)),
        teacher -> teacher.setTensors(List.of(tensor("weight", 3, 2), tensor("bias", 6))),
        teacher -> teacher.setTensors(List.of(tensor("weight", 2, 3), tensor("other", 6))),
        teacher -> teacher.setTensors(List.of(tensor("bias", 6), tensor("weight", 2, 3))));
  }

  @ParameterizedTest
  @MethodSource("whatCounts")
  void everyPartThatMakesATeacherChangesItsHash(UnaryOperator<Teacher.Builder> change) {
    Teacher changed = change.apply(teacher()).build();

    assertThat(TeacherHash.of(changed)).isNotEqualTo(TeacherHash.of(teacher().build()));
  }

  @Test
  void runTimeModelAndTheOrderOfSettingsDoNotCount() {
    var reversed = new LinkedHashMap<String, String>();
    reversed.put("everyCheckpoints", "1");
    reversed.put("alpha", "0.5");
    Teacher same =
        teacher()
            .setRun("replay")
            .setHash("whatever")
            .setRuleSettings(reversed)
            .setOnnx(new BlobRef("other", 1L))
            .setCreatedAt(Instant.ofEpochSecond(1))
            .build();

    assertThat(TeacherHash.of(same)).isEqualTo(TeacherHash.of(teacher().build()));
  }

  @Test
  void theFormatStaysAsItWas() {
    assertThat(TeacherHash.of(teacher().build()))
        .isEqualTo("efb873c16f1481c529c70ada9b6bcc64e13f2da9d72cfee31179d98749bac99e");
  }

  private static TensorRef tensor(String name, long... shape) {
    var dimensions = Arrays.stream(shape).boxed().toList();
    return new TensorRef(name, "float32", dimensions, List.of(new BlobRef("blob-" + name, 24L)));
  }
}
