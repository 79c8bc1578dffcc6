package org.gtrturbo.policy.training;

/**
 * What one optimizer step weighs the parts of the loss by.
 *
 * @param guidance β
 */
public record PpoCoefficients(
    double learningRate, double policy, double value, double entropy, double guidance) {

  float[] line() {
    return new float[] {
      (float) learningRate, (float) policy, (float) value, (float) entropy, (float) guidance
    };
  }
}
