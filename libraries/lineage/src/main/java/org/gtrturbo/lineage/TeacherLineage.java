package org.gtrturbo.lineage;

import java.util.List;
import java.util.Map;
import org.gtrturbo.events.OffsetRange;

/**
 * Where a teacher comes from.
 *
 * @param merged how many checkpoints were folded into it
 * @param updates by version from the base on, all those that the teacher comes of
 */
public record TeacherLineage(Identity teacher, Rule rule, long merged, List<Update> updates) {
  public TeacherLineage {
    updates = List.copyOf(updates);
  }

  /** Which teacher. */
  public record Identity(long version, String hash) {}

  /** As the teacher's event has it. */
  public record Rule(String name, Map<String, String> settings) {
    public Rule {
      settings = Map.copyOf(settings);
    }
  }

  /**
   * An update that the teacher comes of; version 0 is the base, which was trained on nothing.
   *
   * @param weight of the update's checkpoint in the teacher; 0 where it was not merged
   * @param reach the weight of that checkpoint and of all that came of it and are in the teacher
   * @param turns how many records the update was trained on
   * @param trained those records of the trajectories, in their order; a list that nobody changes,
   *     and that may be read from its event when it is first looked at
   */
  public record Update(
      long version,
      String checkpoint,
      double weight,
      double reach,
      long turns,
      List<OffsetRange> trained) {}
}
