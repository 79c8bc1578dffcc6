package org.gtrturbo.policy.training;

import org.gtrturbo.policy.ParameterLayout;
import org.gtrturbo.policy.Parameters;

/**
 * Everything that a next training step depends on besides its batch.
 *
 * @param firstMoment AdamW's running mean of gradients
 * @param secondMoment AdamW's running mean of squared gradients
 * @param steps optimizer steps taken so far
 */
public record TrainingState(
    Parameters parameters, Parameters firstMoment, Parameters secondMoment, long steps) {

  /** No step taken yet. */
  public static TrainingState starting(Parameters parameters) {
    ParameterLayout layout = parameters.layout();
    return new TrainingState(parameters, Parameters.zeros(layout), Parameters.zeros(layout), 0);
  }
}
