package org.gtrturbo.lineage;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TeacherInput;
import org.gtrturbo.events.TeacherInputKind;

/**
 * What teachers are made of in the end: checkpoints, each with the weight that it has through all
 * the folds behind it.
 *
 * <p>A fold weighs its inputs: checkpoint θ with w, teacher T with 1 − w. Weights along the chain
 * multiply, so a checkpoint that entered with w has w · Π (1 − w′) over the folds w′ that came
 * after: α (1 − α)ⁿ for a moving average of weight α, 1/n for a mean of n. For a rule that is not
 * linear, such as TIES, that is the weight with which a checkpoint takes part, not a factor of its
 * parameters.
 *
 * <p>Knows nothing of weights' tensors, which the events passed in may lack. For one thread.
 */
public final class TeacherAncestry {
  /** In the log's order. */
  private final Map<String, Teacher> byHash = new LinkedHashMap<>();

  /**
   * The ancestry of these.
   *
   * @param teachers in the log's order
   */
  public static TeacherAncestry of(Collection<Teacher> teachers) {
    var ancestry = new TeacherAncestry();
    teachers.forEach(ancestry::add);
    return ancestry;
  }

  /** From now on {@code teacher} is known; those that it is made from were known before. */
  public void add(Teacher teacher) {
    byHash.put(teacher.getHash(), teacher);
  }

  boolean knows(String hash) {
    return byHash.containsKey(hash);
  }

  /** The teacher of a version; where it was made more than once, the one made last. */
  public Optional<Teacher> version(long version) {
    return byHash.values().stream()
        .filter(teacher -> teacher.getVersion() == version)
        .reduce((_, newer) -> newer);
  }

  /** The teacher that stands last on the log. */
  public Optional<Teacher> newest() {
    return byHash.values().stream().reduce((_, newer) -> newer);
  }

  /**
   * The checkpoints in a teacher by their versions, each once. Their weights add up to 1, but for
   * rounding; none is 0.
   *
   * @throws IllegalArgumentException if the teacher is not known, or one that it is made from is
   *     not
   */
  public List<CheckpointShare> shares(Teacher teacher) {
    Map<Long, CheckpointShare> shares = new TreeMap<>();
    Map<String, Double> factors = new HashMap<>(Map.of(teacher.getHash(), 1.0));
    List<Teacher> behind = new ArrayList<>(byHash.values()).reversed();
    for (Teacher each : behind) {
      Double factor = factors.remove(each.getHash());
      if (factor != null) {
        for (TeacherInput input : each.getInputs()) {
          double weight = factor * input.getWeight();
          if (weight != 0 && input.getKind() == TeacherInputKind.CHECKPOINT) {
            var share = new CheckpointShare(input.getVersion(), input.getHash(), weight);
            shares.merge(input.getVersion(), share, CheckpointShare::plus);
          } else if (weight != 0) {
            factors.merge(input.getHash(), weight, Double::sum);
          }
        }
      }
    }
    if (!factors.isEmpty()) {
      throw new IllegalArgumentException(
          "teacher "
              + teacher.getVersion()
              + " is made from teachers that are not on the log before it: "
              + String.join(", ", factors.keySet()));
    }
    return List.copyOf(shares.values());
  }

  /**
   * The teachers that a checkpoint has a part in, itself or through those that came of it, in the
   * log's order.
   *
   * @param version of the checkpoint; all checkpoints from it on came of it
   */
  public List<TouchedTeacher> touchedBy(long version) {
    Map<String, TouchedTeacher> touched = new LinkedHashMap<>();
    for (Teacher teacher : byHash.values()) {
      double weight = 0;
      double reach = 0;
      for (TeacherInput input : teacher.getInputs()) {
        if (input.getKind() == TeacherInputKind.CHECKPOINT) {
          weight += input.getVersion() == version ? input.getWeight() : 0;
          reach += input.getVersion() >= version ? input.getWeight() : 0;
        } else {
          TouchedTeacher before = touched.get(input.getHash());
          weight += before == null ? 0 : input.getWeight() * before.weight();
          reach += before == null ? 0 : input.getWeight() * before.reach();
        }
      }
      if (reach != 0) {
        touched.put(
            teacher.getHash(),
            new TouchedTeacher(teacher.getVersion(), teacher.getHash(), weight, reach));
      }
    }
    return List.copyOf(touched.values());
  }
}
