package org.gtrturbo.lab;

import java.util.HashSet;
import java.util.List;

/**
 * Runs that differ by their seeds alone.
 *
 * @param runs at least one, no seed twice
 */
public record Arm(String name, List<RunSummary> runs) {
  public Arm {
    runs = List.copyOf(runs);
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("arm " + name + " has no run; give a summary for it");
    }
    var seeds = new HashSet<Long>();
    for (RunSummary run : runs) {
      if (!seeds.add(run.run().seed())) {
        throw new IllegalArgumentException(
            "arm " + name + " has seed " + run.run().seed() + " twice; give one summary a seed");
      }
    }
  }
}
