package org.gtrturbo.lineage;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongToDoubleFunction;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;

/** Teachers that nobody merged. */
final class SmallTeachers {
  private SmallTeachers() {}

  /** The hash of the checkpoint of a version. */
  static String checkpoint(long version) {
    return "c" + version;
  }

  static TeacherInput merged(long version, double weight) {
    return new TeacherInput(TeacherInputKind.CHECKPOINT, version, checkpoint(version), weight);
  }

  static TeacherInput before(Teacher teacher, double weight) {
    return new TeacherInput(
        TeacherInputKind.TEACHER, teacher.getVersion(), teacher.getHash(), weight);
  }

  static Teacher teacher(long version, String parent, TeacherInput... inputs) {
    return Teacher.newBuilder()
        .setRun("run")
        .setVersion(version)
        .setHash("t" + version + "-" + parent)
        .setParentHash(parent)
        .setRule("ema")
        .setRuleSettings(Map.of())
        .setMerged(version)
        .setInputs(List.of(inputs))
        .setPolicy(new BlobRef("", 0L))
        .setTensors(List.of())
        .setOnnx(new BlobRef("", 0L))
        .setCreatedAt(Instant.EPOCH)
        .build();
  }

  /**
   * A chain as the merger announces it: the base, then every {@code every}-th checkpoint folded in.
   *
   * @param weight of the newest, by how many are merged with it
   */
  static List<Teacher> chain(int folds, int every, LongToDoubleFunction weight) {
    List<Teacher> chain = new ArrayList<>(List.of(teacher(0, "", merged(0, 1))));
    for (int fold = 1; fold <= folds; fold++) {
      Teacher into = chain.getLast();
      double newest = weight.applyAsDouble(fold);
      long version = (long) fold * every;
      chain.add(
          teacher(version, into.getHash(), merged(version, newest), before(into, 1 - newest)));
    }
    return chain;
  }
}
