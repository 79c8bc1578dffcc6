package org.gtrturbo.merging;

/**
 * One checkpoint's way into a teacher, in numbers. It follows from the rule, the progress before
 * and the version alone.
 *
 * @param version of the checkpoint
 * @param newest the checkpoint's share in the teacher that comes out, in (0, 1]
 * @param teacher the share of the teacher before, in [0, 1); where a rule takes earlier checkpoints
 *     instead it is 0, and each of them has the newest's share
 * @param kept what sums that are not normalised are multiplied by
 * @param added what the checkpoint is multiplied by when it is added to such sums
 * @param after the progress that is reached
 */
public record Fold(
    long version, double newest, double teacher, double kept, double added, MergeProgress after) {
  public Fold {
    if (!(newest > 0 && newest <= 1 && teacher >= 0 && teacher < 1)) {
      throw new IllegalArgumentException(
          "checkpoint "
              + version
              + " must have a share in (0, 1], the teacher before one in [0, 1), got "
              + newest
              + " and "
              + teacher);
    }
  }
}
