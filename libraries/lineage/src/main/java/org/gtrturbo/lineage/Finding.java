package org.gtrturbo.lineage;

/**
 * Something on a log that is not as it must be.
 *
 * @param where version or {@code topic-partition@offset}
 * @param what is wrong with it
 */
public record Finding(String where, String what) {
  @Override
  public String toString() {
    return where + ": " + what;
  }
}
