package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One convolution and its gradient.
 *
 * @param weight (out, in / group, kernel...)
 * @param result the result's shape
 */
record Convolution(
    Value input, Value weight, Optional<Value> bias, Windows windows, long group, Shape result) {

  Value emit(Operators op) {
    Value value = input.type() == DataType.FLOAT ? kernel(op) : product(op);
    op.graph().differentiateBy(value, this::differentiate);
    return value;
  }

  private Value kernel(Operators op) {
    Map<String, Object> attributes = new HashMap<>(windows.attributes());
    attributes.put("dilations", windows.dilationArray());
    attributes.put("group", group);
    List<Value> operands = new ArrayList<>(List.of(input, weight));
    bias.ifPresent(operands::add);
    return op.graph()
        .apply("Conv", attributes, input.type(), result, operands.toArray(Value[]::new));
  }

  /** Without a Conv kernel: ONNX Runtime has none for DOUBLE. */
  private Value product(Operators op) {
    WindowColumns columns = new WindowColumns(op, windows, group);
    Value product = columns.product(input, weight, result);
    return bias.map(value -> op.add(product, columns.alongChannels(value))).orElse(product);
  }

  private void differentiate(Gradients gradients, Node node) {
    Operators op = gradients.graph().operators();
    Value gradient = gradients.gradientOf(node);
    if (gradients.needs(input)) {
      List<Long> lengths = new ArrayList<>();
      for (int axis = 0; axis < windows.axes(); axis++) {
        lengths.add(Windows.length(input.shape(), axis));
      }
      gradients.accumulate(
          input, op.transposedConvolution(gradient, weight, windows, group, lengths));
    }
    if (gradients.needs(weight)) {
      gradients.accumulate(
          weight,
          new WindowColumns(op, windows, group).weightGradient(input, gradient, weight.shape()));
    }
    bias.filter(gradients::needs)
        .ifPresent(value -> gradients.accumulate(value, sumOverPlaces(op, gradient)));
  }

  private static Value sumOverPlaces(Operators op, Value gradient) {
    int[] axes = new int[gradient.shape().rank() - 1];
    for (int axis = 1; axis < axes.length; axis++) {
      axes[axis] = axis + 1;
    }
    return op.reduceSum(gradient, false, axes);
  }
}
