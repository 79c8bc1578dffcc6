package org.gtrturbo.merger;

import org.gtrturbo.events.Teacher;

/** What is to be done with one checkpoint. */
sealed interface MergeStep {

  /** The base: it becomes the first teacher as it is. */
  record Start() implements MergeStep {}

  /**
   * Into the teacher held.
   *
   * @param weight of the checkpoint
   * @param merged how many checkpoints are merged then, this one included
   */
  record Fold(Teacher into, double weight, long merged) implements MergeStep {}

  /** Nothing: the settings do not ask for this version. */
  record NotDue() implements MergeStep {}

  /** Nothing: it is in the teacher held already, or older than it. */
  record Past(long held) implements MergeStep {}

  /** It does not fit what is held. */
  record Refused(String reason) implements MergeStep {}
}
