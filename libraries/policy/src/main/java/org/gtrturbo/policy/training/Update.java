package org.gtrturbo.policy.training;

import java.util.Map;

/**
 * What a call to a trainer made.
 *
 * @param report means over its steps, by name: the loss, its parts, the gradient's norm
 */
public record Update(TrainingState state, Map<String, Double> report) {
  public Update {
    report = Map.copyOf(report);
  }
}
