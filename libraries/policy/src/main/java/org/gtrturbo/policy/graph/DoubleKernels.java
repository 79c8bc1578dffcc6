package org.gtrturbo.policy.graph;

/**
 * What ONNX Runtime computes in FLOAT only, written out for graphs of DOUBLE, in which gradients
 * are checked.
 */
final class DoubleKernels {
  // From here on erf is ±1 in double.
  private static final double ERF_END = 6;
  private static final int ERF_TERMS = 140;

  private DoubleKernels() {}

  /**
   * erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!! (Abramowitz and Stegun 7.1.6), whose terms are
   * all of one sign, so that nothing cancels.
   */
  static Value erf(Operators op, Value value) {
    Value x = op.clamp(value, -ERF_END, ERF_END);
    Value doubledSquare = op.multiply(op.square(x), 2);
    Value sum = op.graph().scalar(1);
    for (int n = ERF_TERMS; n >= 1; n--) {
      Value factor = op.multiply(doubledSquare, 1.0 / (2 * n + 1));
      sum = op.add(op.multiply(factor, sum), 1);
    }
    Value bell = op.exp(op.multiply(doubledSquare, -0.5));
    Value result = op.multiply(op.multiply(op.multiply(x, bell), sum), 2 / Math.sqrt(Math.PI));
    op.graph()
        .differentiateBy(
            result,
            (gradients, node) ->
                gradients.accumulate(
                    value, ElementwiseGradients.erf(gradients, value, gradients.gradientOf(node))));
    return result;
  }
}
