package org.gtrturbo.cli;

import java.util.List;
import org.gtrturbo.lineage.Lineage;
import org.gtrturbo.lineage.RecordFate;
import org.gtrturbo.lineage.TouchedTeacher;

/**
 * What became of one record of the trajectories.
 *
 * @param teachers those that it has a part in; none where it was not trained on
 */
record TracedTurn(int partition, long offset, RecordFate fate, List<TouchedTeacher> teachers) {

  static TracedTurn of(Lineage lineage, int partition, long offset) {
    RecordFate fate = lineage.fate(partition, offset);
    List<TouchedTeacher> teachers =
        fate instanceof RecordFate.Trained(long version, _)
            ? lineage.touchedBy(version)
            : List.of();
    return new TracedTurn(partition, offset, fate, teachers);
  }

  String place() {
    return partition + "@" + offset;
  }
}
