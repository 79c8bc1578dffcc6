package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Softmax and the normalisations over axes. */
public sealed interface NormalizationOperators extends OperatorFamily permits Operators {

  /** Over the last axis. */
  default Value softmax(Value value) {
    return softmax(value, -1);
  }

  default Value softmax(Value value, int axis) {
    return graph()
        .apply("Softmax", Map.of("axis", (long) axis), value.type(), value.shape(), value);
  }

  /** Over the last axis. */
  default Value logSoftmax(Value value) {
    return logSoftmax(value, -1);
  }

  default Value logSoftmax(Value value, int axis) {
    return graph()
        .apply("LogSoftmax", Map.of("axis", (long) axis), value.type(), value.shape(), value);
  }

  /** Normalises over the last axis to mean 0 and variance 1, then multiplies by {@code scale}. */
  default Value layerNormalization(Value value, Value scale) {
    return layerNormalization(value, scale, Optional.empty(), -1, Operators.NORM_EPSILON);
  }

  /**
   * Normalises over {@code axis} and all axes behind it to mean 0 and variance 1, then multiplies
   * by {@code scale} and adds {@code bias}, both of which broadcast to those axes.
   */
  default Value layerNormalization(
      Value value, Value scale, Optional<Value> bias, int axis, float epsilon) {
    int from = value.shape().axis(axis);
    Shape statistics = value.shape();
    for (int folded = from; folded < value.shape().rank(); folded++) {
      statistics = statistics.with(folded, 1);
    }
    Value result = graph().fresh("LayerNormalization", value.type(), value.shape());
    List<Value> outputs = new ArrayList<>(List.of(result));
    // The gradient is written in terms of mean and inverse deviation, which are float32 whatever
    // the operands are.
    if (value.type() == DataType.FLOAT) {
      outputs.add(graph().fresh("Mean", value.type(), statistics));
      outputs.add(graph().fresh("InverseDeviation", value.type(), statistics));
    }
    List<Value> inputs = new ArrayList<>(List.of(value, scale));
    bias.ifPresent(inputs::add);
    graph()
        .add(
            new Node(
                "LayerNormalization",
                inputs,
                outputs,
                Map.of("axis", (long) axis, "epsilon", epsilon)));
    return result;
  }

  /**
   * {@code value / √(mean(value²) + ε) · scale} over the last axis (Zhang and Sennrich, "Root mean
   * square layer normalization"). Written out, because ONNX Runtime's LayerNormalization on CPU
   * takes three times as long.
   *
   * @param scale a vector as long as the last axis
   */
  default Value rmsNormalization(Value value, Value scale) {
    Operators op = op();
    Value meanSquare = op.reduceMean(op.square(value), true, -1);
    Value inverse =
        op.divide(graph().scalar(1), op.sqrt(op.add(meanSquare, Operators.NORM_EPSILON)));
    Value normal = op.multiply(value, inverse);
    Value result = op.multiply(normal, scale);
    graph()
        .differentiateBy(
            result,
            (gradients, node) -> {
              Value gradient = gradients.gradientOf(node);
              if (gradients.needs(scale)) {
                gradients.accumulate(scale, op.multiply(gradient, normal));
              }
              Value scaled = op.multiply(gradient, scale);
              Value along = op.reduceMean(op.multiply(scaled, normal), true, -1);
              Value across = op.subtract(scaled, op.multiply(normal, along));
              gradients.accumulate(value, op.multiply(across, inverse));
            });
    return result;
  }

  /**
   * {@code value} with mean 0 and variance 1 over {@code axes}: (value − mean) / √(variance + ε).
   */
  default Value standardized(Value value, double epsilon, int... axes) {
    Operators op = op();
    Value centred = op.subtract(value, op.reduceMean(value, true, axes));
    Value variance = op.reduceMean(op.square(centred), true, axes);
    return op.divide(centred, op.sqrt(op.add(variance, epsilon)));
  }

  /** The axes from {@code axis} to the last. */
  static int[] axesFrom(Shape shape, int axis) {
    return IntStream.range(shape.axis(axis), shape.rank()).toArray();
  }
}
