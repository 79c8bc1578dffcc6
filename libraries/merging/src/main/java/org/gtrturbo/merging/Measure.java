package org.gtrturbo.merging;

/**
 * What a rule must know of a whole tensor, or of the whole vector, before it folds a piece of it.
 *
 * <p>A rule that trims takes thresholds: differences from the base whose magnitude is below are
 * taken for zero. A rule that turns takes factors: what the difference of each from the base is
 * multiplied by. Others take nothing.
 *
 * @param newest of the checkpoint
 * @param teacher of the teacher before
 */
public record Measure(double newest, double teacher) {
  /** For rules that measure nothing. */
  public static final Measure NONE = new Measure(0, 0);
}
