package org.gtrturbo.merger;

/** What is to be done with one checkpoint. */
sealed interface MergeStep {

  /** The base: it becomes the first teacher as it is. */
  record Start() implements MergeStep {}

  /** It is to be folded. */
  record Due() implements MergeStep {}

  /** Nothing: the settings do not ask for this version. */
  record NotDue() implements MergeStep {}

  /** Nothing: it is in the teacher held already, or older than it. */
  record Past(long held) implements MergeStep {}

  /** It does not fit what is held. */
  record Refused(String reason) implements MergeStep {}
}
