package org.gtrturbo.policy.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Products of matrices and of tensors. */
public sealed interface LinearOperators extends OperatorFamily permits Operators {

  /**
   * ONNX MatMul over operands of rank two or more, in the graph's product type ({@link
   * Graph#multiplyIn}).
   */
  default Value matMul(Value left, Value right) {
    DataType type = graph().productType();
    if (type != left.type() && left.type() == graph().floatType()) {
      return op().cast(product(op().cast(left, type), op().cast(right, type)), left.type());
    }
    return product(left, right);
  }

  private Value product(Value left, Value right) {
    Shape leftShape = left.shape();
    Shape rightShape = right.shape();
    requireEqual(leftShape.at(-1), rightShape.at(-2), left, right);
    Shape batch = leading(leftShape).broadcast(leading(rightShape));
    long[] shape = Arrays.copyOf(batch.toArray(), batch.rank() + 2);
    shape[batch.rank()] = leftShape.at(-2);
    shape[batch.rank() + 1] = rightShape.at(-1);
    return graph().apply("MatMul", Map.of(), left.type(), Shape.of(shape), left, right);
  }

  /**
   * {@code leftᵀ right} of two matrices, in the graph's product type ({@link Graph#multiplyIn}).
   */
  default Value transposedMatMul(Value left, Value right) {
    DataType type = graph().productType();
    if (type != left.type() && left.type() == graph().floatType()) {
      Value rounded = transposedMatMul(op().cast(left, type), op().cast(right, type));
      return op().cast(rounded, left.type());
    }
    Shape shape = Shape.of(left.shape().at(1), right.shape().at(1));
    return graph().apply("Gemm", Map.of("transA", 1L), left.type(), shape, left, right);
  }

  /**
   * {@code left right} of two matrices, each transposed first if so asked, in the graph's product
   * type ({@link Graph#multiplyIn}).
   *
   * @return (rows, columns)
   */
  default Value gemm(Value left, boolean transposeLeft, Value right, boolean transposeRight) {
    DataType type = graph().productType();
    if (type != left.type() && left.type() == graph().floatType()) {
      Value rounded =
          gemm(op().cast(left, type), transposeLeft, op().cast(right, type), transposeRight);
      return op().cast(rounded, left.type());
    }
    long inner = left.shape().at(transposeLeft ? 0 : 1);
    requireEqual(inner, right.shape().at(transposeRight ? 1 : 0), left, right);
    Shape shape =
        Shape.of(left.shape().at(transposeLeft ? 1 : 0), right.shape().at(transposeRight ? 0 : 1));
    return graph()
        .apply("Gemm", gemmOf(transposeLeft, transposeRight), left.type(), shape, left, right);
  }

  /** {@link #gemm} plus {@code bias}, which broadcasts to the product. */
  default Value gemm(
      Value left, boolean transposeLeft, Value right, boolean transposeRight, Value bias) {
    if (graph().productType() != left.type() && left.type() == graph().floatType()) {
      return op().add(gemm(left, transposeLeft, right, transposeRight), bias);
    }
    long inner = left.shape().at(transposeLeft ? 0 : 1);
    requireEqual(inner, right.shape().at(transposeRight ? 1 : 0), left, right);
    Shape product =
        Shape.of(left.shape().at(transposeLeft ? 1 : 0), right.shape().at(transposeRight ? 0 : 1));
    return graph()
        .apply(
            "Gemm",
            gemmOf(transposeLeft, transposeRight),
            left.type(),
            product.broadcast(bias.shape()),
            left,
            right,
            bias);
  }

  /**
   * A sum over products, as ONNX Einsum; no ellipsis, and no subscript twice in one operand.
   *
   * @param equation in explicit form, with {@code ->}
   */
  default Value einsum(String equation, List<Value> operands) {
    Einsum parsed = Einsum.parse(equation);
    Shape shape = parsed.resultShape(operands.stream().map(Value::shape).toList());
    return graph()
        .apply(
            "Einsum",
            Map.of("equation", parsed.toString()),
            operands.getFirst().type(),
            shape,
            operands.toArray(Value[]::new));
  }

  private static Map<String, Object> gemmOf(boolean transposeLeft, boolean transposeRight) {
    return Map.of("transA", transposeLeft ? 1L : 0L, "transB", transposeRight ? 1L : 0L);
  }

  private static void requireEqual(long inner, long other, Value left, Value right) {
    if (inner != other && inner != Shape.DYNAMIC && other != Shape.DYNAMIC) {
      throw new IllegalArgumentException(
          "product of " + left + " and " + right + ": inner dimensions differ");
    }
  }

  private static Shape leading(Shape shape) {
    return Shape.of(Arrays.copyOf(shape.toArray(), shape.rank() - 2));
  }
}
