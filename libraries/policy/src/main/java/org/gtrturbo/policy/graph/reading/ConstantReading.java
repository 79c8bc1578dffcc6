package org.gtrturbo.policy.graph.reading;

import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;

/** Constants, ranges, and branches that are decided before running. */
final class ConstantReading {
  private ConstantReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    return Map.of(
        "Constant",
        node -> List.of(constant(node)),
        "ConstantOfShape",
        ReadingRules.single(ShapeReading::constantOfShape),
        "Range",
        ReadingRules.single(ConstantReading::range),
        "EyeLike",
        ReadingRules.single(ConstantReading::eyeLike),
        "Dropout",
        ConstantReading::dropout,
        "If",
        ConstantReading::branch);
  }

  private static Operand constant(NodeReading node) {
    for (Map.Entry<String, Object> attribute : node.node().attributes().entrySet()) {
      return switch (attribute.getValue()) {
        case Contents contents -> node.emission().tensor(contents);
        case Long number -> Operand.of(node.graph(), scalar(DataType.INT64, number));
        case Float number -> Operand.of(node.graph(), scalar(DataType.FLOAT, number));
        case long[] numbers -> Operand.of(node.graph(), Known.integers(numbers));
        case double[] numbers ->
            Operand.of(node.graph(), new Known(DataType.FLOAT, Shape.of(numbers.length), numbers));
        default -> throw node.refused("its attribute " + attribute.getKey() + " is not read");
      };
    }
    throw new IllegalArgumentException("it has no value");
  }

  private static Known scalar(DataType type, double number) {
    return new Known(type, Shape.of(), new double[] {number});
  }

  private static Value range(NodeReading node) {
    Value from = node.value(0);
    return node.graph()
        .apply(
            "Range",
            Map.of(),
            from.type(),
            Shape.of(Shape.DYNAMIC),
            from,
            node.value(1),
            node.value(2));
  }

  private static Value eyeLike(NodeReading node) {
    Value like = node.value(0);
    DataType type =
        node.hasAttribute("dtype")
            ? ElementTypes.of((int) node.integer("dtype", 0), "the result of " + node.node())
            : like.type();
    DataType own = type.isFloating() ? node.graph().floatType() : type;
    Operators op = node.op();
    Value ones = op.stretch(node.graph().constant(own, new double[] {1}), like);
    long offset = node.integer("k", 0);
    return op.triangle(op.triangle(ones, true, offset), false, offset);
  }

  /** Nothing, unless in training. */
  private static List<Operand> dropout(NodeReading node) {
    boolean isOff = !node.has(2) || node.whole(2).map(known -> known.single() == 0).orElse(false);
    if (!isOff || node.node().outputs().size() > 1) {
      throw node.refused("it is in training mode; call model.eval() before exporting");
    }
    return List.of(node.operand(0));
  }

  private static List<Operand> branch(NodeReading node) {
    Known condition =
        node.whole(0)
            .orElseThrow(
                () ->
                    node.refused(
                        "its condition is known only when run; export by tracing, fix the"
                            + " dimensions that it looks at, or use Where"));
    String taken = condition.single() != 0 ? "then_branch" : "else_branch";
    return node.emission().branch((ImportedBody) node.attribute(taken).orElseThrow());
  }
}
