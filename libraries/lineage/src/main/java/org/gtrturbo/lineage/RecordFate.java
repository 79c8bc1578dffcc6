package org.gtrturbo.lineage;

import org.gtrturbo.events.LeftOutReason;

/** What became of a record of the trajectories. */
public sealed interface RecordFate {
  /**
   * An update was trained on it.
   *
   * @param checkpoint hash of the checkpoint that came of the update
   */
  record Trained(long version, String checkpoint) implements RecordFate {}

  /** It was left out when that version was made. */
  record LeftOut(long version, LeftOutReason reason) implements RecordFate {}

  /** No version has settled it yet, or there is no such record. */
  record NotSettled() implements RecordFate {}
}
