package org.gtrturbo.policy.graph.reading;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/** Activations, written out where ONNX Runtime has no kernel or none for DOUBLE. */
final class ActivationReading {
  private static final double SELU_ALPHA = 1.6732631921768188;
  private static final double SELU_GAMMA = 1.0507010221481323;

  private ActivationReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    Map<String, ReadingRules.Rule> rules = new HashMap<>();
    put(rules, "Gelu", ActivationReading::gelu);
    put(rules, "Elu", n -> elu(n, n.real("alpha", 1)));
    put(rules, "Selu", ActivationReading::selu);
    put(rules, "Celu", ActivationReading::celu);
    put(rules, "LeakyRelu", n -> leaky(n, n.graph().scalar(n.real("alpha", 0.01))));
    put(rules, "PRelu", n -> leaky(n, n.value(1)));
    put(rules, "ThresholdedRelu", ActivationReading::thresholded);
    put(rules, "Shrink", ActivationReading::shrink);
    put(rules, "Softplus", n -> n.op().softplus(n.value(0)));
    put(rules, "Softsign", n -> n.op().divide(n.value(0), n.op().add(n.op().abs(n.value(0)), 1)));
    put(rules, "HardSigmoid", n -> hardSigmoid(n, n.real("alpha", 0.2), n.real("beta", 0.5)));
    put(rules, "HardSwish", n -> n.op().multiply(n.value(0), hardSigmoid(n, 1.0 / 6, 0.5)));
    put(rules, "Mish", n -> n.op().multiply(n.value(0), n.op().tanh(n.op().softplus(n.value(0)))));
    return rules;
  }

  private static void put(
      Map<String, ReadingRules.Rule> rules, String operator, Function<NodeReading, Value> rule) {
    rules.put(operator, ReadingRules.single(rule));
  }

  private static Value gelu(NodeReading node) {
    Operators op = node.op();
    Value x = node.value(0);
    Value inner;
    if (node.text("approximate", "none").equals("tanh")) {
      Value cube = op.multiply(op.multiply(op.square(x), x), 0.044715);
      inner = op.tanh(op.multiply(op.add(x, cube), Math.sqrt(2 / Math.PI)));
    } else {
      inner = op.erf(op.multiply(x, Math.sqrt(0.5)));
    }
    return op.multiply(op.multiply(x, 0.5), op.add(inner, 1));
  }

  /** Below 0 α (e^x − 1), computed on the negative part alone so that it cannot overflow. */
  private static Value elu(NodeReading node, double alpha) {
    Operators op = node.op();
    Value x = node.value(0);
    Value zero = node.graph().scalar(0);
    Value below = op.multiply(op.add(op.exp(op.minimum(x, zero)), -1), alpha);
    return op.where(op.greater(x, zero), x, below);
  }

  private static Value selu(NodeReading node) {
    return node.op()
        .multiply(elu(node, node.real("alpha", SELU_ALPHA)), node.real("gamma", SELU_GAMMA));
  }

  private static Value celu(NodeReading node) {
    Operators op = node.op();
    double alpha = node.real("alpha", 1);
    Value x = node.value(0);
    Value zero = node.graph().scalar(0);
    Value below =
        op.multiply(op.add(op.exp(op.multiply(op.minimum(x, zero), 1 / alpha)), -1), alpha);
    return op.where(op.greater(x, zero), x, below);
  }

  private static Value leaky(NodeReading node, Value slope) {
    Operators op = node.op();
    Value x = node.value(0);
    return op.where(op.greater(x, node.graph().scalar(0)), x, op.multiply(x, slope));
  }

  private static Value thresholded(NodeReading node) {
    Operators op = node.op();
    Value above = op.greater(node.value(0), node.graph().scalar(node.real("alpha", 1)));
    return op.where(above, node.value(0), node.graph().scalar(0));
  }

  private static Value shrink(NodeReading node) {
    Operators op = node.op();
    Value x = node.value(0);
    double lambda = node.real("lambd", 0.5);
    double bias = node.real("bias", 0);
    Value high = op.greater(x, node.graph().scalar(lambda));
    Value low = op.less(x, node.graph().scalar(-lambda));
    Value below = op.where(low, op.add(x, bias), node.graph().scalar(0));
    return op.where(high, op.add(x, -bias), below);
  }

  private static Value hardSigmoid(NodeReading node, double alpha, double beta) {
    return node.op().clamp(node.op().add(node.op().multiply(node.value(0), alpha), beta), 0, 1);
  }
}
