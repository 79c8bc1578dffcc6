package org.gtrturbo.policy.graph;

import java.util.Map;

/** Gradients of {@link NormalizationOperators}. */
final class NormalizationGradients {
  private NormalizationGradients() {}

  static Map<String, Gradients.Rule> rules() {
    return Map.of(
        "Softmax", NormalizationGradients::softmax,
        "LogSoftmax", NormalizationGradients::logSoftmax,
        "LayerNormalization", NormalizationGradients::layerNormalization);
  }

  private static void softmax(Gradients g, Node n) {
    Value weighted = g.op().multiply(g.gradientOf(n), n.output());
    Value total = g.op().reduceSum(weighted, true, (int) n.integer("axis"));
    g.accumulate(n.input(0), g.op().subtract(weighted, g.op().multiply(n.output(), total)));
  }

  private static void logSoftmax(Gradients g, Node n) {
    Value total = g.op().reduceSum(g.gradientOf(n), true, (int) n.integer("axis"));
    Value shared = g.op().multiply(g.op().exp(n.output()), total);
    g.accumulate(n.input(0), g.op().subtract(g.gradientOf(n), shared));
  }

  private static void layerNormalization(Gradients g, Node n) {
    int[] axes = NormalizationOperators.axesFrom(n.input(0).shape(), (int) n.integer("axis"));
    boolean known = n.outputs().size() == 3;
    Value mean = known ? n.outputs().get(1) : g.op().reduceMean(n.input(0), true, axes);
    Value centredInput = g.op().subtract(n.input(0), mean);
    Value inverseDeviation =
        known ? n.outputs().get(2) : inverseDeviation(g, centredInput, n.real("epsilon"), axes);
    Value gradient = g.gradientOf(n);
    Value normal = g.op().multiply(centredInput, inverseDeviation);
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), g.op().multiply(gradient, normal));
    }
    if (n.inputs().size() == 3) {
      g.accumulate(n.input(2), gradient);
    }
    if (g.needs(n.input(0))) {
      Value scaled = g.op().multiply(gradient, n.input(1));
      Value alongNormal = g.op().reduceMean(g.op().multiply(scaled, normal), true, axes);
      Value centred = g.op().subtract(scaled, g.op().reduceMean(scaled, true, axes));
      Value straight = g.op().subtract(centred, g.op().multiply(normal, alongNormal));
      g.accumulate(n.input(0), g.op().multiply(straight, inverseDeviation));
    }
  }

  private static Value inverseDeviation(Gradients g, Value centred, float epsilon, int... axes) {
    Value variance = g.op().reduceMean(g.op().square(centred), true, axes);
    Value deviation = g.op().sqrt(g.op().add(variance, epsilon));
    return g.op().divide(g.graph().scalar(1), deviation);
  }
}
