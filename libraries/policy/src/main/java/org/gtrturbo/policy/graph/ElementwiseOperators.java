package org.gtrturbo.policy.graph;

import java.util.Map;

/** Operators that treat each element by itself, after broadcasting. */
public sealed interface ElementwiseOperators extends OperatorFamily permits Operators {

  default Value add(Value left, Value right) {
    return elementwise("Add", left, right);
  }

  default Value subtract(Value left, Value right) {
    return elementwise("Sub", left, right);
  }

  default Value multiply(Value left, Value right) {
    return elementwise("Mul", left, right);
  }

  default Value divide(Value left, Value right) {
    return elementwise("Div", left, right);
  }

  default Value minimum(Value left, Value right) {
    return elementwise("Min", left, right);
  }

  default Value maximum(Value left, Value right) {
    return elementwise("Max", left, right);
  }

  /** {@code base} to the power {@code exponent}, of {@code base}'s type. */
  default Value power(Value base, Value exponent) {
    return elementwise("Pow", base, exponent);
  }

  default Value power(Value base, double exponent) {
    return power(base, graph().scalar(exponent));
  }

  default Value multiply(Value value, double factor) {
    return multiply(value, graph().scalar(factor));
  }

  default Value add(Value value, double term) {
    return add(value, graph().scalar(term));
  }

  /** {@code value} limited to [{@code low}, {@code high}]. */
  default Value clamp(Value value, double low, double high) {
    return minimum(maximum(value, graph().scalar(low)), graph().scalar(high));
  }

  default Value square(Value value) {
    return multiply(value, value);
  }

  default Value negate(Value value) {
    return unary("Neg", value);
  }

  default Value reciprocal(Value value) {
    return divide(graph().scalar(1), value);
  }

  default Value abs(Value value) {
    return unary("Abs", value);
  }

  /** {@code slope · value + shift}, limited to [0, 1]; float32 only, on CPU. */
  default Value hardSigmoid(Value value, float slope, float shift) {
    return graph()
        .apply(
            "HardSigmoid",
            Map.of("alpha", slope, "beta", shift),
            value.type(),
            value.shape(),
            value);
  }

  default Value exp(Value value) {
    return unary("Exp", value);
  }

  default Value log(Value value) {
    return unary("Log", value);
  }

  default Value sqrt(Value value) {
    return unary("Sqrt", value);
  }

  default Value sin(Value value) {
    return unary("Sin", value);
  }

  default Value cos(Value value) {
    return unary("Cos", value);
  }

  default Value tanh(Value value) {
    return unary("Tanh", value);
  }

  default Value sigmoid(Value value) {
    return unary("Sigmoid", value);
  }

  default Value relu(Value value) {
    return unary("Relu", value);
  }

  /** The error function; see {@link DoubleKernels} for graphs of DOUBLE. */
  default Value erf(Value value) {
    return value.type() == DataType.DOUBLE ? DoubleKernels.erf(op(), value) : unary("Erf", value);
  }

  /** ln(1 + e^x), written so that it neither overflows nor loses small results. */
  default Value softplus(Value value) {
    Value small = log(add(exp(negate(abs(value))), 1));
    Value result = add(relu(value), small);
    graph()
        .differentiateBy(
            result,
            (gradients, node) ->
                gradients.accumulate(
                    value, op().multiply(gradients.gradientOf(node), sigmoid(value))));
    return result;
  }

  /** -1, 0 or 1. No gradient flows through it. */
  default Value sign(Value value) {
    return unary("Sign", value);
  }

  default Value equal(Value left, Value right) {
    return compare("Equal", left, right);
  }

  default Value less(Value left, Value right) {
    return compare("Less", left, right);
  }

  default Value greater(Value left, Value right) {
    return compare("Greater", left, right);
  }

  default Value or(Value left, Value right) {
    return compare("Or", left, right);
  }

  default Value and(Value left, Value right) {
    return compare("And", left, right);
  }

  default Value not(Value value) {
    return unary("Not", value);
  }

  /** Where {@code condition} (BOOL) holds {@code yes}, elsewhere {@code no}. */
  default Value where(Value condition, Value yes, Value no) {
    Shape shape = condition.shape().broadcast(yes.shape().broadcast(no.shape()));
    return graph().apply("Where", Map.of(), yes.type(), shape, condition, yes, no);
  }

  default Value cast(Value value, DataType type) {
    return graph().apply("Cast", Map.of("to", type), type, value.shape(), value);
  }

  /** 1 where {@code condition} holds, else 0, in the graph's float type. */
  default Value indicator(Value condition) {
    return cast(condition, graph().floatType());
  }

  /** {@code value}, through which no gradient flows. */
  default Value constantCopy(Value value) {
    Value copy = unary("Identity", value);
    graph().holdConstant(copy);
    return copy;
  }

  /** An operator of two operands whose result has the first one's type. */
  default Value elementwise(String operator, Value left, Value right) {
    Shape shape = left.shape().broadcast(right.shape());
    return graph().apply(operator, Map.of(), left.type(), shape, left, right);
  }

  /** An operator of two operands whose result is BOOL. */
  default Value compare(String operator, Value left, Value right) {
    Shape shape = left.shape().broadcast(right.shape());
    return graph().apply(operator, Map.of(), DataType.BOOL, shape, left, right);
  }

  /** An operator of one operand whose result has its type and shape. */
  default Value unary(String operator, Value value) {
    return graph().apply(operator, Map.of(), value.type(), value.shape(), value);
  }
}
