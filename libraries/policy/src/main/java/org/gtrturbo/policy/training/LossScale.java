package org.gtrturbo.policy.training;

/**
 * What the loss is multiplied by before its gradient is taken, so that small gradients do not
 * vanish in half precision.
 *
 * @param scale a power of two, as a rule
 * @param cleanSteps steps taken since it last changed
 * @param skippedSteps steps that were not taken since version 0, because a gradient overflowed
 */
public record LossScale(double scale, long cleanSteps, long skippedSteps) {
  public LossScale {
    if (!(scale > 0) || cleanSteps < 0 || skippedSteps < 0) {
      throw new IllegalArgumentException(
          "a loss scale must be above 0 and its counts at least 0, got "
              + scale
              + ", "
              + cleanSteps
              + " and "
              + skippedSteps);
    }
  }
}
