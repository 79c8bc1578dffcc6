package org.gtrturbo.actor;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.Teacher;
import org.junit.jupiter.api.Test;

/** Which teacher guides: the one that came last of the stream that is promoted. */
class GuidingTeachersTest {
  private final List<String> guided = new ArrayList<>();
  private final GuidingTeachers teachers =
      new GuidingTeachers(
          teacher ->
              guided.add(teacher.getStream() + teacher.getRevision() + "@" + teacher.getVersion()));

  @Test
  void withoutADecisionTheSettingsOwnRuleGuides() {
    teachers.add(teacher("", 0, 0));
    teachers.add(teacher("slow", 0, 0));
    teachers.add(teacher("", 0, 2));

    assertThat(guided).containsExactly("0@0", "0@2");
  }

  @Test
  void aPromotedStreamGuidesAtOnceAndARollbackGoesBack() {
    teachers.add(teacher("", 0, 4));
    teachers.add(teacher("slow", 0, 4));
    teachers.add(decision(DecisionKind.PROMOTE, "slow"));
    teachers.add(teacher("", 0, 6));
    teachers.add(teacher("slow", 0, 6));
    teachers.add(decision(DecisionKind.ROLLBACK, ""));
    teachers.add(decision(DecisionKind.ROLLBACK, ""));

    assertThat(guided).containsExactly("0@4", "slow0@4", "slow0@6", "0@6");
  }

  @Test
  void aStreamThatIsPromotedBeforeItHasATeacherGuidesWithItsFirst() {
    teachers.add(teacher("", 0, 0));
    teachers.add(decision(DecisionKind.PROMOTE, "slow"));
    teachers.add(teacher("slow", 0, 0));

    assertThat(guided).containsExactly("0@0", "slow0@0");
  }

  @Test
  void aRevisionGuidesFromItsBeginning() {
    teachers.add(teacher("", 0, 4));
    teachers.add(teacher("", 1, 2));
    teachers.add(teacher("", 1, 4));

    assertThat(guided).containsExactly("0@4", "1@2", "1@4");
  }

  private static Decision decision(DecisionKind kind, String stream) {
    return Decision.newBuilder()
        .setRun("run")
        .setKind(kind)
        .setStream(stream)
        .setReason("")
        .setBy("operator/test")
        .setAt(Instant.EPOCH)
        .build();
  }

  private static Teacher teacher(String stream, long revision, long version) {
    return Teacher.newBuilder()
        .setRun("run")
        .setVersion(version)
        .setHash("")
        .setParentHash("")
        .setRule("ema")
        .setRuleSettings(Map.of())
        .setMerged(version)
        .setInputs(List.of())
        .setPolicy(new BlobRef("", 0L))
        .setTensors(List.of())
        .setOnnx(new BlobRef("", 0L))
        .setStream(stream)
        .setRevision(revision)
        .setCreatedAt(Instant.EPOCH)
        .build();
  }
}
