package org.gtrturbo.merging;

/** Over how much a rule measures. */
public enum Scope {
  /** Each tensor by itself. */
  TENSOR,
  /** All that is merged, as one vector. */
  VECTOR
}
