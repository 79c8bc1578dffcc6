package org.gtrturbo.policy.training;

import org.gtrturbo.policy.ParameterLayout;

/**
 * Tensors that are trained alike, as one flat vector.
 *
 * @param name empty for the group of all that no rule names; else the rule's pattern
 * @param learningRateFactor times the step's learning rate
 */
public record ParameterGroup(
    String name, ParameterLayout layout, double learningRateFactor, double weightDecay) {

  /** The name under which a checkpoint holds a vector of this group. */
  public String vectorName(String vector) {
    return name.isEmpty() ? vector : vector + "/" + name;
  }
}
