package org.gtrturbo.lineage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;

/**
 * What checkpoints a teacher is made of in the end, as a text for the metadata of its model.
 *
 * <p>A JSON object: {@code shares} are the {@link #MOST} heaviest checkpoints by version, each with
 * {@code version}, {@code hash} and {@code weight}; {@code others} says with {@code count} and
 * {@code weight} what is not listed. So the text stays below 10 KB however long the run; the log
 * has the rest. Equal chains give equal texts.
 *
 * <p>For one thread.
 */
public final class SharesText {
  /** How many checkpoints are listed. */
  public static final int MOST = 64;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Supplier<? extends Collection<Teacher>> announced;
  private final TeacherAncestry ancestry = new TeacherAncestry();

  /**
   * @param announced the teachers of one stream on the log, in its order; read when a teacher comes
   *     of one that was not seen here, which is once when a merger begins
   */
  public SharesText(Supplier<? extends Collection<Teacher>> announced) {
    this.announced = announced;
  }

  /**
   * The text for a teacher that has its hash; it is a predecessor of later ones from now on.
   *
   * @throws IllegalArgumentException if it comes of a teacher that is not on the log
   */
  public String of(Teacher teacher) {
    if (!isKnown(teacher.getInputs())) {
      announced.get().forEach(each -> ancestry.add(withoutTensors(each)));
    }
    ancestry.add(withoutTensors(teacher));
    return text(ancestry.shares(teacher));
  }

  /** A merger keeps a teacher every few seconds for as long as it runs. */
  private static Teacher withoutTensors(Teacher teacher) {
    return teacher.getTensors().isEmpty() && teacher.getSums().isEmpty()
        ? teacher
        : Teacher.newBuilder(teacher).setTensors(List.of()).setSums(null).build();
  }

  private boolean isKnown(List<TeacherInput> inputs) {
    return inputs.stream()
        .filter(input -> input.getKind() == TeacherInputKind.TEACHER)
        .allMatch(input -> ancestry.knows(input.getHash()));
  }

  private static String text(List<CheckpointShare> shares) {
    List<CheckpointShare> heaviestFirst =
        shares.stream()
            .sorted(
                Comparator.comparingDouble((CheckpointShare share) -> -Math.abs(share.weight()))
                    .thenComparing(Comparator.comparingLong(CheckpointShare::version).reversed()))
            .toList();
    List<CheckpointShare> listed =
        heaviestFirst.stream()
            .limit(MOST)
            .sorted(Comparator.comparingLong(CheckpointShare::version))
            .toList();
    List<CheckpointShare> others = heaviestFirst.stream().skip(MOST).toList();
    Map<String, Object> text = new LinkedHashMap<>();
    text.put("shares", listed);
    Map<String, Object> rest = new LinkedHashMap<>();
    rest.put("count", others.size());
    rest.put("weight", others.stream().mapToDouble(CheckpointShare::weight).sum());
    text.put("others", rest);
    try {
      return JSON.writeValueAsString(text);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("shares could not be written as JSON", impossible);
    }
  }
}
