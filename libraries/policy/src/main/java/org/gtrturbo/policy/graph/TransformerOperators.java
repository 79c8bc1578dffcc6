package org.gtrturbo.policy.graph;

/**
 * The heavy parts of a transformer, each with a gradient of its own that takes fewer and faster
 * operators on CPU than going back through its nodes one by one would.
 */
public final class TransformerOperators {
  private final Graph graph;
  private final Operators op;

  public TransformerOperators(Graph graph) {
    this.graph = graph;
    this.op = graph.operators();
  }

  /**
   * (rows, K) times (K, C).
   *
   * <p>The gradient of the weights is computed with its longer side first: ONNX Runtime packs the
   * right operand anew for every few columns, and takes up to half as long again the other way
   * round.
   */
  public Value product(Value rows, Value weights) {
    Value result = op.matMul(rows, weights);
    graph.differentiateBy(
        result,
        (gradients, node) -> {
          Value gradient = gradients.gradientOf(node);
          if (gradients.needs(rows)) {
            gradients.accumulate(rows, op.matMul(gradient, op.transposeLast(weights)));
          }
          if (gradients.needs(weights)) {
            gradients.accumulate(weights, transposedProduct(rows, gradient));
          }
        });
    return result;
  }

  private Value transposedProduct(Value left, Value right) {
    return left.shape().at(1) < right.shape().at(1)
        // Not as Gemm, whose operands ONNX Runtime would exchange to save the transposition.
        ? op.transposeLast(op.matMul(op.transposeLast(right), left))
        : op.transposedMatMul(left, right);
  }

  /** max(0, x). Its gradient multiplies by 0 or 1, which is half the work of choosing. */
  public Value relu(Value value) {
    Value result = op.relu(value);
    graph.differentiateBy(
        result,
        (gradients, node) -> {
          Value open = op.cast(op.greater(result, graph.scalar(0)), value.type());
          gradients.accumulate(value, op.multiply(gradients.gradientOf(node), open));
        });
    return result;
  }

  /**
   * {@code value / √(mean(value²) + ε)} over the last axis: root mean square normalisation (Zhang
   * and Sennrich, "Root mean square layer normalization") without its scale. A scale that stands
   * before a product is cheaper in the weights: {@link #scaledRows}.
   */
  public Value normalise(Value value) {
    Value meanSquare = op.reduceMean(op.square(value), true, -1);
    Value inverse = op.divide(graph.scalar(1), op.sqrt(op.add(meanSquare, Operators.NORM_EPSILON)));
    Value result = op.multiply(value, inverse);
    graph.differentiateBy(
        result,
        (gradients, node) -> {
          Value gradient = gradients.gradientOf(node);
          Value along = op.reduceMean(op.multiply(gradient, result), true, -1);
          Value across = op.subtract(gradient, op.multiply(result, along));
          gradients.accumulate(value, op.multiply(across, inverse));
        });
    return result;
  }

  /** Row k of {@code weights} (K, C) times element k of {@code scale} (K). */
  public Value scaledRows(Value weights, Value scale) {
    return op.multiply(weights, op.unsqueeze(scale, 1));
  }

  /**
   * softmax(query · key + mask) · value (Vaswani et al., "Attention is all you need", eq. 1; the
   * query comes scaled).
   *
   * <p>The gradient takes Σ weight · d weight of a row from its result, which is shorter (Dao et
   * al., "FlashAttention", section 3.1 and appendix B.2), and multiplies transposes of the short
   * operands instead of transposing the weights.
   *
   * @param query (N, heads, T, headWidth)
   * @param key (N, heads, headWidth, S)
   * @param value (N, heads, S, headWidth)
   * @param mask added to the scores; broadcasts to (N, heads, T, S); no gradient flows to it
   * @return (N, heads, T, headWidth)
   */
  public Value attention(Value query, Value key, Value value, Value mask) {
    Value weights = op.softmax(op.add(op.matMul(query, key), mask));
    Value result = op.matMul(weights, value);
    graph.differentiateBy(
        result,
        (gradients, node) -> {
          Value gradient = gradients.gradientOf(node);
          Value along = op.reduceSum(op.multiply(gradient, result), true, -1);
          Value ofWeights = op.matMul(gradient, op.transposeLast(value));
          Value ofScores = op.multiply(weights, op.subtract(ofWeights, along));
          if (gradients.needs(value)) {
            Value turned = op.matMul(op.transposeLast(gradient), weights);
            gradients.accumulate(value, op.transposeLast(turned));
          }
          if (gradients.needs(query)) {
            gradients.accumulate(query, op.matMul(ofScores, op.transposeLast(key)));
          }
          if (gradients.needs(key)) {
            gradients.accumulate(key, op.matMul(op.transposeLast(query), ofScores));
          }
        });
    return result;
  }
}
