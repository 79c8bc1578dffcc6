package org.gtrturbo.lineage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;

/** Where a teacher comes from, for whoever has nothing but its ONNX file. */
public final class TeacherMetadata {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TeacherMetadata() {}

  /**
   * The metadata of a teacher's model.
   *
   * @param shares as {@link SharesText} has it
   */
  public static Map<String, String> of(Teacher teacher, String shares) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("gtr.run", teacher.getRun());
    metadata.put("gtr.teacher.version", Long.toString(teacher.getVersion()));
    metadata.put("gtr.teacher.hash", teacher.getHash());
    metadata.put("gtr.teacher.parent", teacher.getParentHash());
    metadata.put("gtr.teacher.merged", Long.toString(teacher.getMerged()));
    metadata.put("gtr.rule", teacher.getRule());
    teacher.getRuleSettings().forEach((key, value) -> metadata.put("gtr.rule." + key, value));
    metadata.put("gtr.inputs", json(teacher.getInputs()));
    metadata.put("gtr.checkpoints", shares);
    teacher.getInputs().stream()
        .filter(input -> input.getKind() == TeacherInputKind.CHECKPOINT)
        .filter(input -> input.getVersion() == teacher.getVersion())
        .findFirst()
        .ifPresent(newest -> metadata.put("gtr.checkpoint.hash", newest.getHash()));
    return metadata;
  }

  private static String json(List<TeacherInput> inputs) {
    var entries = inputs.stream().map(TeacherMetadata::entry).toList();
    try {
      return JSON.writeValueAsString(entries);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("inputs could not be written as JSON", impossible);
    }
  }

  private static Map<String, Object> entry(TeacherInput input) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("kind", input.getKind().name());
    entry.put("version", input.getVersion());
    entry.put("hash", input.getHash());
    entry.put("weight", input.getWeight());
    return entry;
  }
}
