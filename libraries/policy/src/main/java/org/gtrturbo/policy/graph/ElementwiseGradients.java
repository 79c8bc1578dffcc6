package org.gtrturbo.policy.graph;

import java.util.HashMap;
import java.util.Map;

/** Gradients of {@link ElementwiseOperators}. */
final class ElementwiseGradients {
  private ElementwiseGradients() {}

  static Map<String, Gradients.Rule> rules() {
    Map<String, Gradients.Rule> rules = new HashMap<>();
    rules.put("Identity", (g, n) -> g.accumulate(n.input(0), g.gradientOf(n)));
    rules.put("Cast", (g, n) -> g.accumulate(n.input(0), cast(g, n)));
    rules.put("Add", ElementwiseGradients::add);
    rules.put("Sub", ElementwiseGradients::subtract);
    rules.put("Mul", ElementwiseGradients::multiply);
    rules.put("Div", ElementwiseGradients::divide);
    rules.put("Pow", ElementwiseGradients::power);
    rules.put("Min", (g, n) -> choose(g, n, g.op().less(n.input(0), n.input(1))));
    rules.put("Max", (g, n) -> choose(g, n, g.op().greater(n.input(0), n.input(1))));
    rules.put(
        "Neg", (g, n) -> g.accumulateSpread(n.input(0), g.op().negate(g.spreadGradientOf(n))));
    rules.put("Abs", (g, n) -> scale(g, n, g.op().sign(n.input(0))));
    rules.put("Exp", (g, n) -> scale(g, n, n.output()));
    rules.put(
        "Log", (g, n) -> g.accumulate(n.input(0), g.op().divide(g.gradientOf(n), n.input(0))));
    rules.put("Sqrt", ElementwiseGradients::sqrt);
    rules.put("Sin", (g, n) -> scale(g, n, g.op().cos(n.input(0))));
    rules.put("Cos", (g, n) -> scale(g, n, g.op().negate(g.op().sin(n.input(0)))));
    rules.put("Tanh", ElementwiseGradients::tanh);
    rules.put("Sigmoid", ElementwiseGradients::sigmoid);
    rules.put("Erf", (g, n) -> g.accumulate(n.input(0), erf(g, n.input(0), g.gradientOf(n))));
    rules.put("Relu", ElementwiseGradients::relu);
    rules.put("Where", ElementwiseGradients::where);
    return rules;
  }

  /** The gradient times the operator's {@code slope}, which is as large as the operand. */
  private static void scale(Gradients g, Node n, Value slope) {
    g.accumulate(n.input(0), g.op().multiply(g.spreadGradientOf(n), slope));
  }

  private static Value cast(Gradients g, Node n) {
    return g.op().cast(g.gradientOf(n), n.input(0).type());
  }

  private static void add(Gradients g, Node n) {
    g.accumulate(n.input(0), g.gradientOf(n));
    g.accumulate(n.input(1), g.gradientOf(n));
  }

  private static void subtract(Gradients g, Node n) {
    g.accumulate(n.input(0), g.gradientOf(n));
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), g.op().negate(g.gradientOf(n)));
    }
  }

  private static void multiply(Gradients g, Node n) {
    for (int index = 0; index < 2; index++) {
      Value operand = n.input(index);
      Value factor = n.input(1 - index);
      if (!g.needs(operand)) {
        continue;
      }
      if (operand.shape().equals(n.output().shape())) {
        g.accumulateSpread(operand, g.op().multiply(g.spreadGradientOf(n), factor));
      } else {
        g.accumulate(operand, g.op().multiply(g.gradientOf(n), factor));
      }
    }
  }

  private static void divide(Gradients g, Node n) {
    Value overDivisor = g.op().divide(g.gradientOf(n), n.input(1));
    g.accumulate(n.input(0), overDivisor);
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), g.op().negate(g.op().multiply(overDivisor, n.output())));
    }
  }

  /**
   * x^y: y x^(y−1) for the base; for the exponent x^y ln x, and 0 where x is not positive, as
   * PyTorch has it at 0.
   */
  private static void power(Gradients g, Node n) {
    Value base = n.input(0);
    Value exponent = n.input(1);
    if (g.needs(base)) {
      Value slope = g.op().multiply(g.op().power(base, g.op().add(exponent, -1)), exponent);
      // 0^-1 times an exponent of 0 would be no number.
      Value zero = g.graph().scalar(0);
      Value finite = g.op().where(g.op().equal(exponent, zero), zero, slope);
      g.accumulate(base, g.op().multiply(g.gradientOf(n), finite));
    }
    if (g.needs(exponent)) {
      Value zero = g.graph().scalar(0);
      Value isPositive = g.op().greater(base, zero);
      Value log = g.op().log(g.op().where(isPositive, base, g.graph().scalar(1)));
      Value slope = g.op().where(isPositive, g.op().multiply(n.output(), log), zero);
      g.accumulate(exponent, g.op().multiply(g.gradientOf(n), slope));
    }
  }

  /** Min and Max: the gradient goes to the operand that was chosen, to the second one on a tie. */
  private static void choose(Gradients g, Node n, Value first) {
    Value zero = g.graph().scalar(0);
    g.accumulate(n.input(0), g.op().where(first, g.gradientOf(n), zero));
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), g.op().where(first, zero, g.gradientOf(n)));
    }
  }

  private static void sqrt(Gradients g, Node n) {
    Value halved = g.op().multiply(g.gradientOf(n), 0.5);
    g.accumulate(n.input(0), g.op().divide(halved, n.output()));
  }

  private static void tanh(Gradients g, Node n) {
    Value slope = g.op().subtract(g.graph().scalar(1), g.op().square(n.output()));
    g.accumulate(n.input(0), g.op().multiply(g.gradientOf(n), slope));
  }

  private static void sigmoid(Gradients g, Node n) {
    Value slope = g.op().subtract(n.output(), g.op().square(n.output()));
    g.accumulate(n.input(0), g.op().multiply(g.gradientOf(n), slope));
  }

  /** 2/√π e^(−x²) times {@code gradient}. */
  static Value erf(Gradients g, Value input, Value gradient) {
    Value bell = g.op().exp(g.op().negate(g.op().square(input)));
    return g.op().multiply(gradient, g.op().multiply(bell, 2 / Math.sqrt(Math.PI)));
  }

  private static void relu(Gradients g, Node n) {
    Value zero = g.graph().scalar(0);
    Value open = g.op().greater(n.output(), zero);
    g.accumulate(n.input(0), g.op().where(open, g.gradientOf(n), zero));
  }

  private static void where(Gradients g, Node n) {
    Value zero = g.graph().scalar(0);
    if (g.needs(n.input(1))) {
      g.accumulate(n.input(1), g.op().where(n.input(0), g.gradientOf(n), zero));
    }
    if (g.needs(n.input(2))) {
      g.accumulate(n.input(2), g.op().where(n.input(0), zero, g.gradientOf(n)));
    }
  }
}
