package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One transposed convolution and its gradient.
 *
 * @param weight (in, out / group, kernel...)
 * @param result the result's shape
 */
record TransposedConvolution(Value input, Value weight, Windows windows, long group, Shape result) {

  Value emit(Operators op) {
    Value value =
        input.type() == DataType.FLOAT
            ? kernel(op)
            : new WindowColumns(op, windows, group).transposedProduct(input, weight, result);
    op.graph().differentiateBy(value, this::differentiate);
    return value;
  }

  private Value kernel(Operators op) {
    Map<String, Object> attributes = new HashMap<>(windows.attributes());
    attributes.put("dilations", windows.dilationArray());
    attributes.put("group", group);
    List<Long> left = new ArrayList<>();
    for (int axis = 0; axis < windows.axes(); axis++) {
      long reached =
          (input.shape().at(axis + 2) - 1) * windows.strides().get(axis)
              + windows.reach(axis)
              - windows.before().get(axis)
              - windows.behind().get(axis);
      left.add(result.at(axis + 2) - reached);
    }
    attributes.put("output_padding", left.stream().mapToLong(Long::longValue).toArray());
    return op.graph().apply("ConvTranspose", attributes, input.type(), result, input, weight);
  }

  /** The transpose of a convolution's transpose is that convolution. */
  private void differentiate(Gradients gradients, Node node) {
    Operators op = gradients.graph().operators();
    Value gradient = gradients.gradientOf(node);
    if (gradients.needs(input)) {
      gradients.accumulate(
          input, op.convolution(gradient, weight, Optional.empty(), windows, group));
    }
    if (gradients.needs(weight)) {
      gradients.accumulate(
          weight,
          new WindowColumns(op, windows, group).weightGradient(gradient, input, weight.shape()));
    }
  }
}
