package org.gtrturbo.lab;

/** What one arm succeeds in more often than another, as a part of all episodes. */
public sealed interface Difference {
  Estimate estimate();

  /**
   * Of two runs, with the interval that the number of episodes played leaves open. It says nothing
   * of training again with another seed.
   */
  record OfTwoRuns(Estimate estimate) implements Difference {}

  /**
   * The mean over the seeds that two arms share, with the interval that the seeds leave open: what
   * a seed does to both cancels out.
   *
   * @param pairs how many seeds that is
   */
  record PairedBySeed(Estimate estimate, int pairs) implements Difference {}
}
