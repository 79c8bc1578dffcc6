package org.gtrturbo.policy.graph.reading;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.gtrturbo.policy.graph.Einsum;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Value;

/** MatMul, Gemm and Einsum. */
final class LinearReading {
  private LinearReading() {}

  static Map<String, ReadingRules.Rule> rules() {
    return Map.of(
        "MatMul", ReadingRules.single(LinearReading::matMul),
        "Gemm", ReadingRules.single(LinearReading::gemm),
        "Einsum", ReadingRules.single(LinearReading::einsum));
  }

  /** A vector counts as a matrix of one row on the left, of one column on the right. */
  private static Value matMul(NodeReading node) {
    Operators op = node.op();
    Value left = node.value(0);
    Value right = node.value(1);
    boolean leftIsVector = left.shape().rank() == 1;
    boolean rightIsVector = right.shape().rank() == 1;
    Value result =
        op.matMul(
            leftIsVector ? op.unsqueeze(left, 0) : left,
            rightIsVector ? op.unsqueeze(right, 1) : right);
    result = rightIsVector ? op.squeeze(result, -1) : result;
    return leftIsVector ? op.squeeze(result, rightIsVector ? -1 : -2) : result;
  }

  /** α op(A) op(B) + β C; factors other than 1 are products of their own. */
  private static Value gemm(NodeReading node) {
    Operators op = node.op();
    double alpha = node.real("alpha", 1);
    double beta = node.real("beta", 1);
    Value left = alpha == 1 ? node.value(0) : op.multiply(node.value(0), alpha);
    boolean transposeLeft = node.integer("transA", 0) != 0;
    boolean transposeRight = node.integer("transB", 0) != 0;
    if (!node.has(2) || beta == 0) {
      return op.gemm(left, transposeLeft, node.value(1), transposeRight);
    }
    Value bias = beta == 1 ? node.value(2) : op.multiply(node.value(2), beta);
    return op.gemm(left, transposeLeft, node.value(1), transposeRight, bias);
  }

  private static Value einsum(NodeReading node) {
    String equation = node.text("equation", "");
    if (equation.contains("...")) {
      List<Integer> ranks = new ArrayList<>();
      node.values().forEach(value -> ranks.add(value.shape().rank()));
      equation = Einsum.spelledOut(equation, ranks);
    }
    return node.op().einsum(equation, node.values());
  }
}
