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
   * @param trained the records of the trajectories that the update was trained on, in their order
   */
  public record Update(
      long version, String checkpoint, double weight, double reach, List<OffsetRange> trained) {
    public Update {
      trained = List.copyOf(trained);
    }

    /** How many records that are. */
    public long turns() {
      return trained.stream().mapToLong(range -> range.getLast() - range.getFirst() + 1).sum();
    }
  }
}
