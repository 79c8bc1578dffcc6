package org.gtrturbo.merging;

/** How TIES elects the sign of an element. */
public enum Election {
  /** By the weighted sum of the trimmed differences. */
  WEIGHTED,
  /** By their plain sum. */
  UNWEIGHTED
}
