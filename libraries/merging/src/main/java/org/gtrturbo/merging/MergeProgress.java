package org.gtrturbo.merging;

/**
 * How far a running merge has come: all of its state that is no vector.
 *
 * @param merged how many checkpoints are in the teacher; the base is none
 * @param weight what they weigh together, as their rule weighs them before it normalises; 0 for
 *     none
 */
public record MergeProgress(long merged, double weight) {
  /** Nothing merged: the teacher is the base. */
  public static final MergeProgress NONE = new MergeProgress(0, 0);

  public MergeProgress {
    if (merged < 0 || !(weight >= 0)) {
      throw new IllegalArgumentException(
          "a merge counts and weighs its checkpoints from 0, got " + merged + " and " + weight);
    }
  }
}
