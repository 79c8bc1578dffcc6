package org.gtrturbo.policy.graph.reading;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/** Arithmetic, comparisons and functions of one element. */
final class ElementwiseReading {
  private ElementwiseReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    Map<String, ReadingRules.Rule> rules = new HashMap<>();
    for (String operator : List.of("Add", "Sub", "Mul", "Div")) {
      rules.put(operator, one(n -> n.op().elementwise(operator, n.value(0), n.value(1))));
    }
    for (String operator :
        List.of("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor")) {
      rules.put(operator, one(n -> n.op().compare(operator, n.value(0), n.value(1))));
    }
    for (String operator :
        List.of(
            "Neg", "Abs", "Exp", "Log", "Sqrt", "Sin", "Cos", "Tanh", "Sigmoid", "Relu", "Sign",
            "Floor", "Ceil", "Round", "Not")) {
      rules.put(operator, one(n -> n.op().unary(operator, n.value(0))));
    }
    for (String operator : List.of("IsNaN", "IsInf")) {
      rules.put(operator, one(n -> ofNumber(n, operator)));
    }
    rules.put("Erf", one(n -> n.op().erf(n.value(0))));
    rules.put("Reciprocal", one(n -> n.op().reciprocal(n.value(0))));
    rules.put("Pow", one(ElementwiseReading::power));
    rules.put("Mod", one(ElementwiseReading::modulo));
    rules.put("Min", one(n -> folded(n, n.op()::minimum)));
    rules.put("Max", one(n -> folded(n, n.op()::maximum)));
    rules.put("Sum", one(n -> folded(n, n.op()::add)));
    rules.put("Mean", one(n -> n.op().multiply(folded(n, n.op()::add), 1.0 / n.operands())));
    rules.put("Clip", one(ElementwiseReading::clip));
    rules.put("Where", one(n -> n.op().where(n.value(0), n.value(1), n.value(2))));
    rules.put("Identity", n -> List.of(n.operand(0)));
    rules.put("Cast", ElementwiseReading::cast);
    rules.put("CastLike", n -> List.of(casted(n, n.operand(1).type())));
    rules.put("Tan", one(n -> n.op().divide(n.op().sin(n.value(0)), n.op().cos(n.value(0)))));
    rules.put("Sinh", one(n -> half(n, -1)));
    rules.put("Cosh", one(n -> half(n, 1)));
    return rules;
  }

  private static ReadingRules.Rule one(Function<NodeReading, Value> rule) {
    return ReadingRules.single(rule);
  }

  private static Value ofNumber(NodeReading node, String operator) {
    Value value = node.value(0);
    Map<String, Object> attributes =
        operator.equals("IsInf")
            ? Map.of(
                "detect_negative", node.integer("detect_negative", 1),
                "detect_positive", node.integer("detect_positive", 1))
            : Map.of();
    return node.graph().apply(operator, attributes, DataType.BOOL, value.shape(), value);
  }

  private static Value folded(NodeReading node, BinaryOperator<Value> function) {
    return node.values().stream().reduce(function).orElseThrow();
  }

  /** Common exponents become cheaper operators with gradients that are defined at 0. */
  private static Value power(NodeReading node) {
    Operators op = node.op();
    Value base = node.value(0);
    Optional<Known> exponent = node.whole(1).filter(known -> known.numbers().length == 1);
    boolean isPlain =
        exponent.isPresent()
            && base.type().isFloating()
            && exponent.get().shape().rank() <= base.shape().rank();
    if (isPlain) {
      double number = exponent.get().single();
      if (number == 1) {
        return base;
      }
      if (number == 2) {
        return op.square(base);
      }
      if (number == 3) {
        return op.multiply(op.square(base), base);
      }
      if (number == 0.5) {
        return op.sqrt(base);
      }
      if (number == -0.5) {
        return op.reciprocal(op.sqrt(base));
      }
      if (number == -1) {
        return op.reciprocal(base);
      }
    }
    Value raised = node.value(1);
    return op.power(base, raised.type() == base.type() ? raised : op.cast(raised, base.type()));
  }

  private static Value modulo(NodeReading node) {
    Value left = node.value(0);
    Value right = node.value(1);
    return node.graph()
        .apply(
            "Mod",
            Map.of("fmod", node.integer("fmod", 0)),
            left.type(),
            left.shape().broadcast(right.shape()),
            left,
            right);
  }

  /** The gradient passes on a bound itself, as in PyTorch's clamp. */
  private static Value clip(NodeReading node) {
    Value result = node.value(0);
    if (node.has(1)) {
      result = node.op().maximum(node.value(1), result);
    }
    return node.has(2) ? node.op().minimum(node.value(2), result) : result;
  }

  private static List<Operand> cast(NodeReading node) {
    return List.of(casted(node, Folding.castTo(node)));
  }

  private static Operand casted(NodeReading node, DataType asked) {
    DataType to = asked.isFloating() ? node.graph().floatType() : asked;
    return node.operand(0).type() == to
        ? node.operand(0)
        : Operand.of(node.op().cast(node.value(0), to));
  }

  /** (e^x + sign · e^−x) / 2. */
  private static Value half(NodeReading node, double sign) {
    Operators op = node.op();
    Value mirrored = op.multiply(op.exp(op.negate(node.value(0))), sign);
    return op.multiply(op.add(op.exp(node.value(0)), mirrored), 0.5);
  }
}
