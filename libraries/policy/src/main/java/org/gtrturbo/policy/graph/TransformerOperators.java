package org.gtrturbo.policy.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * The heavy parts of a transformer, each with a gradient of its own that takes fewer and faster
 * operators on CPU than going back through its nodes one by one would.
 */
public final class TransformerOperators {
  /** Turning operands that are wider costs as much as it saves, measured on AVX-512. */
  private static final long MOST_TURNED = 64;

  /** With fewer rows it is the number of operators that counts, not what they do. */
  private static final long MANY_ROWS = 1024;

  /** Over 46 keys of width 16 it is as fast either way, over 96 a fifth faster. */
  private static final long FEWEST_KEYS = 64;

  private final Graph graph;
  private final Operators op;
  private final boolean isForFew;

  public TransformerOperators(Graph graph) {
    this(graph, false);
  }

  private TransformerOperators(Graph graph, boolean isForFew) {
    this.graph = graph;
    this.op = graph.operators();
    this.isForFew = isForFew;
  }

  /** For rows that are few where their number is known only at run time. */
  public static TransformerOperators ofFewRows(Graph graph) {
    return new TransformerOperators(graph, true);
  }

  /**
   * (rows, K) times (K, C).
   *
   * <p>The gradient of the weights is computed with the narrower operand turned first, and the
   * wider one as it is: ONNX Runtime turns a left operand anew for every few columns.
   */
  public Value product(Value rows, Value weights) {
    Value result = op.matMul(rows, weights);
    graph.differentiateBy(
        result,
        graph.multiplyingAsNow(
            (gradients, node) -> {
              Value gradient = gradients.gradientOf(node);
              if (gradients.needs(rows)) {
                gradients.accumulate(rows, op.matMul(gradient, op.transposeLast(weights)));
              }
              if (gradients.needs(weights)) {
                gradients.accumulate(weights, transposedProduct(rows, gradient));
              }
            }));
    return result;
  }

  /** {@link #product} plus {@code added}, (rows, C). */
  public Value productPlus(Value rows, Value weights, Value added) {
    // ONNX Runtime makes one operator of it by itself where it knows how many rows there are.
    return isForFew
        ? op.gemm(rows, false, weights, false, added)
        : op.add(added, product(rows, weights));
  }

  /**
   * {@link #product}, its columns cut into heads that lie one behind the other.
   *
   * @param rows (N · tokens, K)
   * @param weights (K, heads · C)
   * @return (heads, N, tokens, C)
   */
  public Value productOfHeads(Value rows, Value weights, long heads, long tokens) {
    long width = weights.shape().at(1) / heads;
    Value result =
        op.reshape(op.matMul(rows, headColumns(weights, heads)), heads, -1, tokens, width);
    graph.differentiateBy(
        result,
        graph.multiplyingAsNow(
            (gradients, node) -> {
              Value gradient = joined(gradients.gradientOf(node));
              if (gradients.needs(rows)) {
                gradients.accumulate(rows, op.matMul(gradient, op.transposeLast(weights)));
              }
              if (gradients.needs(weights)) {
                gradients.accumulate(weights, transposedProduct(rows, gradient));
              }
            }));
    return result;
  }

  /**
   * Heads joined again, times weights.
   *
   * @param parts (heads, N, tokens, C)
   * @param weights (heads · C, K)
   * @return (N · tokens, K)
   */
  public Value productOverHeads(Value parts, Value weights) {
    Value rows = joined(parts);
    Value result = op.matMul(rows, weights);
    graph.differentiateBy(
        result,
        graph.multiplyingAsNow(
            (gradients, node) -> {
              Value gradient = gradients.gradientOf(node);
              if (gradients.needs(parts)) {
                Shape shape = parts.shape();
                Value turned = headColumns(op.transposeLast(weights), shape.at(0));
                Value cut = op.matMul(gradient, turned);
                gradients.accumulate(
                    parts, op.reshape(cut, shape.at(0), -1, shape.at(2), shape.at(3)));
              }
              if (gradients.needs(weights)) {
                gradients.accumulate(weights, transposedProduct(rows, gradient));
              }
            }));
    return result;
  }

  /**
   * {@link #productOfHeads} of several weights side by side, {@code (K, parts · heads · C)}. Of
   * many rows each is a product of its own, of few it is one product that is cut.
   */
  public List<Value> productsOfHeads(
      Value rows, Value weights, int parts, long heads, long tokens) {
    long width = weights.shape().at(1) / parts;
    if (!isFew(rows.shape().at(0))) {
      return op.split(weights, 1, LongStream.range(0, parts).map(_ -> width).toArray()).stream()
          .map(part -> productOfHeads(rows, part, heads, tokens))
          .toList();
    }
    long[] sizes = LongStream.range(0, parts).map(_ -> heads).toArray();
    return op.split(productOfHeads(rows, weights, parts * heads, tokens), 0, sizes);
  }

  /** Whether it is the number of operators that counts. */
  public boolean isFew(long rows) {
    return rows == Shape.DYNAMIC ? isForFew : rows < MANY_ROWS;
  }

  /** Of heads (heads, N, tokens, C). */
  private boolean areFew(Value parts) {
    long texts = parts.shape().at(1);
    return isFew(texts == Shape.DYNAMIC ? texts : texts * parts.shape().at(2));
  }

  /** (K, heads · C) as (heads, K, C). */
  private Value headColumns(Value weights, long heads) {
    long width = weights.shape().at(1) / heads;
    Value cut = op.reshape(weights, weights.shape().at(0), heads, width);
    return op.transpose(cut, 1, 0, 2);
  }

  /** (heads, N, tokens, C) as (N · tokens, heads · C). */
  private Value joined(Value parts) {
    long heads = parts.shape().at(0);
    long width = parts.shape().at(3);
    // Over three axes: ONNX Runtime takes longer to turn many numbers over four.
    Value turned =
        areFew(parts)
            ? op.transpose(parts, 1, 2, 0, 3)
            : op.transpose(op.reshape(parts, heads, -1, width), 1, 0, 2);
    return op.reshape(turned, -1, heads * width);
  }

  /** {@code leftᵀ right} of (R, K) and (R, C). */
  private Value transposedProduct(Value left, Value right) {
    if (isFew(left.shape().at(0))) {
      return op.transposedMatMul(left, right);
    }
    boolean isWider = left.shape().at(1) > right.shape().at(1);
    Value narrow = isWider ? right : left;
    Value wide = isWider ? left : right;
    if (narrow.shape().at(1) <= MOST_TURNED) {
      Value product = op.matMul(turned(narrow), wide);
      return isWider ? op.transposeLast(product) : product;
    }
    return isWider
        ? op.transposedMatMul(left, right)
        // Not as Gemm, whose operands ONNX Runtime would exchange to save the transposition.
        : op.transposeLast(op.matMul(op.transposeLast(right), left));
  }

  /** (R, K) as (K, R), out of sight of what would turn it within the product instead. */
  private Value turned(Value rows) {
    long width = rows.shape().at(1);
    return op.reshape(op.transposeLast(op.reshape(rows, 1, -1, width)), width, -1);
  }

  /**
   * max(0, x). Its gradient multiplies by 0 or 1, which is half the work of choosing; in float32
   * that number is the result, times so much that every normal number is above 1, cut off at 1.
   */
  public Value relu(Value value) {
    Value result = op.relu(value);
    graph.differentiateBy(
        result,
        (gradients, node) -> {
          Value open =
              result.type() == DataType.FLOAT
                  ? op.hardSigmoid(result, Float.MAX_VALUE, 0)
                  : op.cast(op.greater(result, graph.scalar(0)), value.type());
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
    boolean isFloat = value.type() == DataType.FLOAT;
    return isFloat && isFew(value.shape().at(0)) ? normaliseFew(value) : normaliseMany(value);
  }

  private Value normaliseMany(Value value) {
    Value meanSquare = op.reduceMean(op.square(value), true, -1);
    Value inverse = op.divide(graph.scalar(1), op.sqrt(op.add(meanSquare, Operators.NORM_EPSILON)));
    Value result = op.multiply(value, inverse);
    differentiateNormal(value, result, inverse);
    return result;
  }

  /** As one operator, which ONNX Runtime alone has, and which is slower over many rows. */
  private Value normaliseFew(Value value) {
    double[] ones = new double[(int) value.shape().at(-1)];
    Arrays.fill(ones, 1);
    Value scale = graph.constant(value.type(), ones, ones.length);
    Value result = graph.fresh("SimplifiedLayerNormalization", value.type(), value.shape());
    Value inverse =
        graph.fresh(
            "InverseDeviation", value.type(), value.shape().with(value.shape().rank() - 1, 1));
    graph.add(
        new Node(
            "SimplifiedLayerNormalization",
            List.of(value, scale),
            List.of(result, inverse),
            Map.of("axis", -1L, "epsilon", Operators.NORM_EPSILON)));
    differentiateNormal(value, result, inverse);
    return result;
  }

  private void differentiateNormal(Value value, Value result, Value inverse) {
    graph.differentiateBy(
        result,
        (gradients, node) -> {
          Value gradient = gradients.gradientOf(node);
          Value along = op.reduceMean(op.multiply(gradient, result), true, -1);
          Value across = op.subtract(gradient, op.multiply(result, along));
          gradients.accumulate(value, op.multiply(across, inverse));
        });
  }

  /** Row k of {@code weights} (K, C) times element k of {@code scale} (K). */
  public Value scaledRows(Value weights, Value scale) {
    Value factors = op.unsqueeze(scale, 1);
    Value result = op.multiply(weights, factors);
    graph.differentiateBy(
        result,
        (gradients, node) -> {
          Value gradient = gradients.gradientOf(node);
          if (gradients.needs(weights)) {
            gradients.accumulate(weights, op.multiply(gradient, factors));
          }
          if (gradients.needs(scale)) {
            gradients.accumulate(scale, op.reduceSum(op.multiply(gradient, weights), false, 1));
          }
        });
    return result;
  }

  /**
   * softmax(query · keyᵀ / √headWidth + mask) · value (Vaswani et al., "Attention is all you need",
   * eq. 1).
   *
   * <p>The gradient takes Σ weight · d weight of a row from its result, which is shorter (Dao et
   * al., "FlashAttention", section 3.1 and appendix B.2). ONNX Runtime turns and scales within the
   * products what is transposed and scaled here.
   *
   * @param query (heads, N, T, headWidth)
   * @param key (heads, N, S, headWidth)
   * @param value (heads, N, S, headWidth)
   * @param mask added to the scores; broadcasts to (heads, N, T, S); no gradient flows to it
   * @return (heads, N, T, headWidth)
   */
  public Value attention(Value query, Value key, Value value, Value mask) {
    UnaryOperator<Value> scaled = scaling(query);
    Value scores = scaled.apply(op.matMul(query, op.transposeLast(key)));
    Value weights = op.softmax(op.add(scores, mask));
    Value result = op.matMul(weights, value);
    graph.differentiateBy(
        result,
        graph.multiplyingAsNow(
            (gradients, node) -> {
              Value gradient = gradients.gradientOf(node);
              Value along = op.reduceSum(op.multiply(gradient, result), true, -1);
              Value ofScores = op.multiply(weights, lessAlong(gradient, value, along));
              if (gradients.needs(value)) {
                gradients.accumulate(
                    value, overQueries(weights, gradient, UnaryOperator.identity()));
              }
              if (gradients.needs(query)) {
                gradients.accumulate(query, scaled.apply(op.matMul(ofScores, key)));
              }
              if (gradients.needs(key)) {
                gradients.accumulate(key, overQueries(ofScores, query, scaled));
              }
            }));
    return result;
  }

  /**
   * {@code sharesᵀ rows} of (heads, N, T, S) and (heads, N, T, C): turned behind the product, where
   * it is smaller, unless they are few.
   *
   * @param scaled of the product itself, where scaling it costs nothing
   */
  private Value overQueries(Value shares, Value rows, UnaryOperator<Value> scaled) {
    return areFew(rows)
        ? scaled.apply(op.matMul(op.transposeLast(shares), rows))
        : op.transposeLast(scaled.apply(op.matMul(op.transposeLast(rows), shares)));
  }

  private UnaryOperator<Value> scaling(Value query) {
    return product -> op.multiply(product, 1 / Math.sqrt((double) query.shape().at(-1)));
  }

  /**
   * {@code gradient · valueᵀ − along}. Over many keys it is one product with a column more: a pass
   * over what is as large as the scores costs more than to lengthen the operands.
   */
  private Value lessAlong(Value gradient, Value value, Value along) {
    if (value.shape().at(2) < FEWEST_KEYS) {
      return op.subtract(op.matMul(gradient, op.transposeLast(value)), along);
    }
    Value longer = op.concat(-1, gradient, op.negate(along));
    Value ones = op.pad(value, new long[4], new long[] {0, 0, 0, 1}, 1);
    return op.matMul(longer, op.transposeLast(ones));
  }
}
