package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Gradients of {@link LinearOperators}. */
final class LinearGradients {
  private LinearGradients() {}

  static Map<String, Gradients.Rule> rules() {
    return Map.of(
        "MatMul", LinearGradients::matMul,
        "Gemm", LinearGradients::gemm,
        "Einsum", LinearGradients::einsum);
  }

  private static void matMul(Gradients g, Node n) {
    Value left = n.input(0);
    Value right = n.input(1);
    Value gradient = g.gradientOf(n);
    if (g.needs(left)) {
      g.accumulate(left, g.op().matMul(gradient, g.op().transposeLast(right)));
    }
    if (!g.needs(right)) {
      return;
    }
    boolean isFlat =
        left.shape().at(-1) != Shape.DYNAMIC && gradient.shape().at(-1) != Shape.DYNAMIC;
    if (right.shape().rank() == 2 && isFlat) {
      Value rows = g.op().reshape(left, -1, left.shape().at(-1));
      Value columns = g.op().reshape(gradient, -1, gradient.shape().at(-1));
      g.accumulate(right, g.op().transposedMatMul(rows, columns));
    } else {
      g.accumulate(right, g.op().matMul(g.op().transposeLast(left), gradient));
    }
  }

  /** Y = op(A) op(B) + C, each op a transposition or none; factors are operands of their own. */
  private static void gemm(Gradients g, Node n) {
    boolean transposeLeft = n.integerOr("transA", 0) != 0;
    boolean transposeRight = n.integerOr("transB", 0) != 0;
    Value left = n.input(0);
    Value right = n.input(1);
    Value gradient = g.gradientOf(n);
    if (g.needs(left)) {
      g.accumulate(
          left,
          transposeLeft
              ? g.op().gemm(right, transposeRight, gradient, true)
              : g.op().gemm(gradient, false, right, !transposeRight));
    }
    if (g.needs(right)) {
      g.accumulate(
          right,
          transposeRight
              ? g.op().gemm(gradient, true, left, transposeLeft)
              : g.op().gemm(left, !transposeLeft, gradient, false));
    }
    if (n.inputs().size() == 3) {
      g.accumulate(n.input(2), gradient);
    }
  }

  /**
   * The gradient of one operand is the product of the result's gradient with the other operands; a
   * letter of that operand alone was summed away, so its gradient is stretched along it.
   */
  private static void einsum(Gradients g, Node n) {
    Einsum equation = Einsum.parse(n.text("equation"));
    for (int index = 0; index < n.inputs().size(); index++) {
      Value operand = n.input(index);
      if (!g.needs(operand)) {
        continue;
      }
      List<String> subscripts = new ArrayList<>(List.of(equation.result()));
      List<Value> factors = new ArrayList<>(List.of(g.gradientOf(n)));
      for (int other = 0; other < n.inputs().size(); other++) {
        if (other != index) {
          subscripts.add(equation.operands().get(other));
          factors.add(n.input(other));
        }
      }
      String wanted = equation.operands().get(index);
      String reachable = String.join("", subscripts);
      StringBuilder reached = new StringBuilder();
      long[] stretched = operand.shape().toArray();
      for (int axis = 0; axis < stretched.length; axis++) {
        boolean isReached = reachable.indexOf(wanted.charAt(axis)) >= 0;
        if (isReached) {
          reached.append(wanted.charAt(axis));
        } else {
          stretched[axis] = 1;
        }
      }
      Value part = g.op().einsum(new Einsum(subscripts, reached.toString()).toString(), factors);
      boolean isWhole = reached.length() == wanted.length();
      g.accumulate(
          operand, isWhole ? part : g.op().stretch(g.op().reshape(part, stretched), operand));
    }
  }
}
