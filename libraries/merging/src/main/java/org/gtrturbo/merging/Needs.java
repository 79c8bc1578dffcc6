package org.gtrturbo.merging;

/**
 * What a rule must be given to fold one piece of a checkpoint, besides that piece and its sums.
 *
 * @param base the same piece of the base
 * @param teacher the same piece of the teacher before
 * @param earlier the same piece of so many checkpoints folded before, or of all where there are
 *     fewer yet
 * @param survey what of the whole checkpoint must be measured before its first piece is folded
 */
public record Needs(boolean base, boolean teacher, int earlier, Survey survey) {

  /** What is measured, over how much, before any piece is folded; see {@link Measures}. */
  public enum Survey {
    /** Nothing: pieces of several checkpoints may be folded independently, each piece in order. */
    NONE,
    /** The checkpoint against the base. */
    CHECKPOINT,
    /** The checkpoint and the teacher before, which must be complete. */
    CHECKPOINT_AND_TEACHER
  }
}
