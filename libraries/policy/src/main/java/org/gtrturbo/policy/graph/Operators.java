package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * ONNX operators as methods: each adds one node to its graph and returns its result with type and
 * shape inferred. Elementwise operators broadcast as in ONNX. Axes may be negative, counting from
 * the end.
 */
public final class Operators {
  static final float NORM_EPSILON = 1e-5f;

  private final Graph graph;

  Operators(Graph graph) {
    this.graph = graph;
  }

  public Graph graph() {
    return graph;
  }

  // Elementwise.

  public Value add(Value left, Value right) {
    return elementwise("Add", left, right);
  }

  public Value subtract(Value left, Value right) {
    return elementwise("Sub", left, right);
  }

  public Value multiply(Value left, Value right) {
    return elementwise("Mul", left, right);
  }

  public Value divide(Value left, Value right) {
    return elementwise("Div", left, right);
  }

  public Value minimum(Value left, Value right) {
    return elementwise("Min", left, right);
  }

  public Value maximum(Value left, Value right) {
    return elementwise("Max", left, right);
  }

  public Value power(Value base, Value exponent) {
    return elementwise("Pow", base, exponent);
  }

  public Value multiply(Value value, double factor) {
    return multiply(value, graph.scalar(factor));
  }

  public Value add(Value value, double term) {
    return add(value, graph.scalar(term));
  }

  /** {@code value} limited to [{@code low}, {@code high}]. */
  public Value clamp(Value value, double low, double high) {
    return minimum(maximum(value, graph.scalar(low)), graph.scalar(high));
  }

  public Value square(Value value) {
    return multiply(value, value);
  }

  public Value negate(Value value) {
    return same("Neg", value);
  }

  public Value exp(Value value) {
    return same("Exp", value);
  }

  public Value log(Value value) {
    return same("Log", value);
  }

  public Value sqrt(Value value) {
    return same("Sqrt", value);
  }

  public Value tanh(Value value) {
    return same("Tanh", value);
  }

  public Value relu(Value value) {
    return same("Relu", value);
  }

  public Value equal(Value left, Value right) {
    return compare("Equal", left, right);
  }

  public Value less(Value left, Value right) {
    return compare("Less", left, right);
  }

  public Value greater(Value left, Value right) {
    return compare("Greater", left, right);
  }

  public Value or(Value left, Value right) {
    return compare("Or", left, right);
  }

  public Value not(Value value) {
    return same("Not", value);
  }

  /** Where {@code condition} (BOOL) holds {@code yes}, elsewhere {@code no}. */
  public Value where(Value condition, Value yes, Value no) {
    Shape shape = condition.shape().broadcast(yes.shape().broadcast(no.shape()));
    return node("Where", Map.of(), yes.type(), shape, condition, yes, no);
  }

  public Value cast(Value value, DataType type) {
    return node("Cast", Map.of("to", type), type, value.shape(), value);
  }

  /** 1 where {@code condition} holds, else 0, in the graph's float type. */
  public Value indicator(Value condition) {
    return cast(condition, graph.floatType());
  }

  /**
   * 1 at the index that {@code indices} (INT64) names along a new last axis of {@code depth}, else
   * 0.
   */
  public Value oneHot(Value indices, long depth) {
    double[] numbers = new double[Math.toIntExact(depth)];
    Arrays.setAll(numbers, index -> index);
    Value iota = graph.constant(DataType.INT64, numbers, depth);
    return indicator(equal(unsqueeze(indices, -1), iota));
  }

  // Reductions.

  public Value reduceSum(Value value, boolean keepDimensions, int... axes) {
    return reduce("ReduceSum", value, keepDimensions, axes);
  }

  public Value reduceMean(Value value, boolean keepDimensions, int... axes) {
    return reduce("ReduceMean", value, keepDimensions, axes);
  }

  /** The sum of all elements, rank 0. */
  public Value sum(Value value) {
    return value.shape().rank() == 0 ? value : reduceSum(value, false, allAxes(value));
  }

  /** The mean of all elements, rank 0. */
  public Value mean(Value value) {
    return value.shape().rank() == 0 ? value : reduceMean(value, false, allAxes(value));
  }

  /** The largest element, rank 0. No gradient. */
  public Value max(Value value) {
    return reduce("ReduceMax", value, false, allAxes(value));
  }

  /** Index of the largest element along the last axis, which goes. No gradient. */
  public Value argMax(Value value) {
    long[] shape = Arrays.copyOf(value.shape().toArray(), value.shape().rank() - 1);
    return node(
        "ArgMax", Map.of("axis", -1L, "keepdims", 0L), DataType.INT64, Shape.of(shape), value);
  }

  /** Running sums along the last axis. No gradient. */
  public Value cumulativeSum(Value value) {
    return node(
        "CumSum",
        Map.of(),
        value.type(),
        value.shape(),
        value,
        graph.integer(value.shape().rank() - 1));
  }

  // Linear algebra and normalisation.

  /**
   * ONNX MatMul over operands of rank two or more, in the graph's product type ({@link
   * Graph#multiplyIn}).
   */
  public Value matMul(Value left, Value right) {
    DataType type = graph.productType();
    if (type != left.type() && left.type() == graph.floatType()) {
      return cast(product(cast(left, type), cast(right, type)), left.type());
    }
    return product(left, right);
  }

  private Value product(Value left, Value right) {
    Shape leftShape = left.shape();
    Shape rightShape = right.shape();
    long inner = leftShape.at(-1);
    if (inner != rightShape.at(-2)
        && inner != Shape.DYNAMIC
        && rightShape.at(-2) != Shape.DYNAMIC) {
      throw new IllegalArgumentException(
          "MatMul of " + left + " and " + right + ": inner dimensions differ");
    }
    Shape batch = prefix(leftShape, 2).broadcast(prefix(rightShape, 2));
    long[] shape = Arrays.copyOf(batch.toArray(), batch.rank() + 2);
    shape[batch.rank()] = leftShape.at(-2);
    shape[batch.rank() + 1] = rightShape.at(-1);
    return node("MatMul", Map.of(), left.type(), Shape.of(shape), left, right);
  }

  /** {@code leftᵀ right} of two matrices. */
  Value transposedMatMul(Value left, Value right) {
    Shape shape = Shape.of(left.shape().at(1), right.shape().at(1));
    return node("Gemm", Map.of("transA", 1L), left.type(), shape, left, right);
  }

  public Value softmax(Value value) {
    return node("Softmax", Map.of("axis", -1L), value.type(), value.shape(), value);
  }

  public Value logSoftmax(Value value) {
    return node("LogSoftmax", Map.of("axis", -1L), value.type(), value.shape(), value);
  }

  /** Normalises over the last axis to mean 0 and variance 1, then multiplies by {@code scale}. */
  public Value layerNormalization(Value value, Value scale) {
    Shape statistics = value.shape().with(-1, 1);
    Value result = graph.fresh("LayerNormalization", value.type(), value.shape());
    List<Value> outputs = new ArrayList<>(List.of(result));
    // The gradient is written in terms of mean and inverse deviation, which are float32 whatever
    // the operands are.
    if (value.type() == DataType.FLOAT) {
      outputs.add(graph.fresh("Mean", value.type(), statistics));
      outputs.add(graph.fresh("InverseDeviation", value.type(), statistics));
    }
    graph.add(
        new Node(
            "LayerNormalization",
            List.of(value, scale),
            outputs,
            Map.of("axis", -1L, "epsilon", NORM_EPSILON)));
    return result;
  }

  /**
   * {@code value / √(mean(value²) + ε) · scale} over the last axis (Zhang and Sennrich, "Root mean
   * square layer normalization"). Written out, because ONNX Runtime's LayerNormalization on CPU
   * takes three times as long.
   *
   * @param scale a vector as long as the last axis
   */
  public Value rmsNormalization(Value value, Value scale) {
    Value meanSquare = reduceMean(square(value), true, -1);
    Value inverse = divide(graph.scalar(1), sqrt(add(meanSquare, NORM_EPSILON)));
    Value normal = multiply(value, inverse);
    Value result = multiply(normal, scale);
    graph.differentiateBy(
        result,
        (gradients, node) -> {
          Value gradient = gradients.gradientOf(node);
          if (gradients.needs(scale)) {
            gradients.accumulate(scale, multiply(gradient, normal));
          }
          Value scaled = multiply(gradient, scale);
          Value along = reduceMean(multiply(scaled, normal), true, -1);
          Value across = subtract(scaled, multiply(normal, along));
          gradients.accumulate(value, multiply(across, inverse));
        });
    return result;
  }

  // Shape.

  /**
   * As ONNX Reshape: -1 stands for what is left over, 0 for the input's dimension at that place.
   */
  public Value reshape(Value value, long... shape) {
    return node(
        "Reshape",
        Map.of(),
        value.type(),
        reshaped(value.shape(), shape),
        value,
        graph.integers(shape));
  }

  public Value transpose(Value value, int... permutation) {
    long[] shape = new long[permutation.length];
    long[] order = new long[permutation.length];
    for (int axis = 0; axis < permutation.length; axis++) {
      shape[axis] = value.shape().at(permutation[axis]);
      order[axis] = permutation[axis];
    }
    return node("Transpose", Map.of("perm", order), value.type(), Shape.of(shape), value);
  }

  /** {@code value} with its last two axes exchanged. */
  public Value transposeLast(Value value) {
    int rank = value.shape().rank();
    int[] permutation = new int[rank];
    Arrays.setAll(permutation, axis -> axis);
    permutation[rank - 2] = rank - 1;
    permutation[rank - 1] = rank - 2;
    return transpose(value, permutation);
  }

  public Value unsqueeze(Value value, int axis) {
    int rank = value.shape().rank() + 1;
    int at = axis < 0 ? axis + rank : axis;
    List<Long> shape = new ArrayList<>(Arrays.stream(value.shape().toArray()).boxed().toList());
    shape.add(at, 1L);
    return node("Unsqueeze", Map.of(), value.type(), shape(shape), value, graph.integers(at));
  }

  public Value squeeze(Value value, int axis) {
    int at = value.shape().axis(axis);
    List<Long> shape = new ArrayList<>(Arrays.stream(value.shape().toArray()).boxed().toList());
    shape.remove(at);
    return node("Squeeze", Map.of(), value.type(), shape(shape), value, graph.integers(at));
  }

  public Value concat(int axis, Value... values) {
    return concat(axis, List.of(values));
  }

  public Value concat(int axis, List<Value> values) {
    Shape first = values.getFirst().shape();
    long length = 0;
    for (Value value : values) {
      long dimension = value.shape().at(axis);
      length =
          length == Shape.DYNAMIC || dimension == Shape.DYNAMIC
              ? Shape.DYNAMIC
              : length + dimension;
    }
    Value result = graph.fresh("Concat", values.getFirst().type(), first.with(axis, length));
    graph.add(new Node("Concat", values, List.of(result), Map.of("axis", (long) first.axis(axis))));
    return result;
  }

  /**
   * Consecutive parts of {@code value} along {@code axis}, of the sizes given, which add up to its
   * dimension.
   */
  public List<Value> split(Value value, int axis, long... sizes) {
    if (Arrays.stream(sizes).sum() != value.shape().at(axis)) {
      throw new IllegalArgumentException(
          "sizes " + Arrays.toString(sizes) + " must add up to axis " + axis + " of " + value);
    }
    List<Value> parts =
        Arrays.stream(sizes)
            .mapToObj(size -> graph.fresh("Split", value.type(), value.shape().with(axis, size)))
            .toList();
    graph.add(
        new Node(
            "Split",
            List.of(value, graph.integers(sizes)),
            parts,
            Map.of("axis", (long) value.shape().axis(axis))));
    return parts;
  }

  /**
   * Elements {@code from} (inclusive) to {@code to} (exclusive; Long.MAX_VALUE: the end) along
   * {@code axis}.
   */
  public Value slice(Value value, int axis, long from, long to) {
    long dimension = value.shape().at(axis);
    long length =
        dimension == Shape.DYNAMIC
            ? Shape.DYNAMIC
            : Math.min(to, dimension) - Math.min(from, dimension);
    return node(
        "Slice",
        Map.of(),
        value.type(),
        value.shape().with(axis, length),
        value,
        graph.integers(from),
        graph.integers(to),
        graph.integers(value.shape().axis(axis)));
  }

  public Value expand(Value value, long... shape) {
    return node(
        "Expand",
        Map.of(),
        value.type(),
        value.shape().broadcast(Shape.of(shape)),
        value,
        graph.integers(shape));
  }

  /** {@code value}, through which no gradient flows. */
  public Value constantCopy(Value value) {
    Value copy = same("Identity", value);
    graph.holdConstant(copy);
    return copy;
  }

  /** Zeros of {@code like}'s type and, at run time, its shape. */
  public Value zerosLike(Value like) {
    return stretch(graph.constant(like.type(), new double[] {0}), like);
  }

  /** {@code value} stretched by broadcasting to the shape that {@code like} has at run time. */
  Value stretch(Value value, Value like) {
    Value shape =
        like.shape().isStatic()
            ? graph.integers(like.shape().toArray())
            : node("Shape", Map.of(), DataType.INT64, Shape.of(like.shape().rank()), like);
    return node("Expand", Map.of(), value.type(), like.shape(), value, shape);
  }

  /** Rows of {@code value} along axis 0, chosen by {@code indices} (INT64) of any rank. */
  public Value gather(Value value, Value indices) {
    long[] rows = indices.shape().toArray();
    long[] rest = value.shape().toArray();
    long[] shape = Arrays.copyOf(rows, rows.length + rest.length - 1);
    System.arraycopy(rest, 1, shape, rows.length, rest.length - 1);
    return node("Gather", Map.of("axis", 0L), value.type(), Shape.of(shape), value, indices);
  }

  /** Along the last axis, the elements that {@code indices} (INT64) name. */
  public Value gatherElements(Value value, Value indices) {
    return node(
        "GatherElements", Map.of("axis", -1L), value.type(), indices.shape(), value, indices);
  }

  /** {@code into} with {@code updates} added at {@code indices} along the last axis. */
  Value scatterAdd(Value into, Value indices, Value updates) {
    return node(
        "ScatterElements",
        Map.of("axis", -1L, "reduction", "add"),
        into.type(),
        into.shape(),
        into,
        indices,
        updates);
  }

  // Control flow.

  /**
   * What the body of a {@link #loop} returns: whether to go on, the next state, and what to record.
   */
  public record LoopStep(Value goOn, List<Value> state, List<Value> recorded) {}

  /**
   * Builds one turn of a loop in {@code body} from the turn's number (INT64, rank 0) and the state.
   */
  @FunctionalInterface
  public interface LoopBody {
    LoopStep build(Graph body, Value turn, List<Value> state);
  }

  /**
   * What a {@link #loop} leaves: its last state, and each recorded value stacked along a new first
   * axis.
   */
  public record LoopResult(List<Value> state, List<Value> recorded) {}

  /**
   * At most {@code turns} (INT64, rank 0) turns of {@code body}, while it says to go on.
   *
   * @param stateShapes the state's shapes inside the body; DYNAMIC where a dimension changes from
   *     turn to turn
   */
  public LoopResult loop(Value turns, List<Value> initial, List<Shape> stateShapes, LoopBody body) {
    Graph inner = graph.body();
    Value turn = inner.bodyInput(DataType.INT64, Shape.of());
    Value goOn = inner.bodyInput(DataType.BOOL, Shape.of());
    List<Value> state = new ArrayList<>();
    for (int index = 0; index < initial.size(); index++) {
      state.add(inner.bodyInput(initial.get(index).type(), stateShapes.get(index)));
    }
    LoopStep step = body.build(inner, turn, List.copyOf(state));
    inner.bodyOutput(step.goOn());
    step.state().forEach(inner::bodyOutput);
    step.recorded().forEach(inner::bodyOutput);

    List<Value> inputs = new ArrayList<>(List.of(turns, always(goOn)));
    inputs.addAll(initial);
    List<Value> last = new ArrayList<>();
    for (int index = 0; index < initial.size(); index++) {
      last.add(graph.fresh("Loop", initial.get(index).type(), stateShapes.get(index)));
    }
    List<Value> recorded =
        step.recorded().stream()
            .map(value -> graph.fresh("Loop", value.type(), stacked(value)))
            .toList();
    List<Value> outputs = new ArrayList<>(last);
    outputs.addAll(recorded);
    graph.add(new Node("Loop", inputs, outputs, Map.of("body", inner)));
    return new LoopResult(List.copyOf(last), recorded);
  }

  private Value always(Value like) {
    return graph.constant(DataType.BOOL, new double[] {1}, like.shape().toArray());
  }

  private static Shape stacked(Value value) {
    long[] rest = value.shape().toArray();
    long[] shape = new long[rest.length + 1];
    shape[0] = Shape.DYNAMIC;
    System.arraycopy(rest, 0, shape, 1, rest.length);
    return Shape.of(shape);
  }

  private Value elementwise(String operator, Value left, Value right) {
    return node(
        operator, Map.of(), left.type(), left.shape().broadcast(right.shape()), left, right);
  }

  private Value compare(String operator, Value left, Value right) {
    return node(
        operator, Map.of(), DataType.BOOL, left.shape().broadcast(right.shape()), left, right);
  }

  private Value same(String operator, Value value) {
    return node(operator, Map.of(), value.type(), value.shape(), value);
  }

  private Value reduce(String operator, Value value, boolean keepDimensions, int... axes) {
    List<Long> shape = new ArrayList<>(Arrays.stream(value.shape().toArray()).boxed().toList());
    long[] sorted =
        Arrays.stream(axes).map(value.shape()::axis).sorted().mapToLong(axis -> axis).toArray();
    for (int index = sorted.length - 1; index >= 0; index--) {
      int axis = (int) sorted[index];
      if (keepDimensions) {
        shape.set(axis, 1L);
      } else {
        shape.remove(axis);
      }
    }
    return node(
        operator,
        Map.of("keepdims", keepDimensions ? 1L : 0L),
        value.type(),
        shape(shape),
        value,
        graph.integers(sorted));
  }

  private static int[] allAxes(Value value) {
    int[] axes = new int[value.shape().rank()];
    Arrays.setAll(axes, axis -> axis);
    return axes;
  }

  private static Shape prefix(Shape shape, int dropped) {
    return Shape.of(Arrays.copyOf(shape.toArray(), shape.rank() - dropped));
  }

  private static Shape shape(List<Long> dimensions) {
    return Shape.of(dimensions.stream().mapToLong(Long::longValue).toArray());
  }

  private static Shape reshaped(Shape from, long[] asked) {
    long[] shape = asked.clone();
    int open = -1;
    long known = 1;
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] == 0) {
        shape[axis] = from.at(axis);
      }
      if (asked[axis] == -1) {
        open = axis;
      } else {
        known *= shape[axis];
      }
    }
    if (open >= 0 && from.isStatic() && known > 0) {
      shape[open] = from.elements() / known;
    }
    Shape result = Shape.of(shape);
    if (from.isStatic() && result.isStatic() && from.elements() != result.elements()) {
      throw new IllegalArgumentException(
          "reshape of " + from + " to " + result + " changes the number of elements");
    }
    return result;
  }

  private Value node(
      String operator,
      Map<String, Object> attributes,
      DataType type,
      Shape shape,
      Value... inputs) {
    Value result = graph.fresh(operator, type, shape);
    graph.add(new Node(operator, List.of(inputs), List.of(result), attributes));
    return result;
  }
}
