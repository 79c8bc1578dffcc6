package org.gtrturbo.policy.graph;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/** Gradients of {@link IndexingOperators} and of MaxPool, which says where its results stood. */
final class IndexingGradients {
  // Beyond this the one-hot matrix costs more memory than scattering costs time.
  private static final long MOST_ONE_HOT_ROWS = 8192;

  private IndexingGradients() {}

  static Map<String, Gradients.Rule> rules() {
    return Map.of(
        "Gather", IndexingGradients::gather,
        "GatherElements", IndexingGradients::gatherElements,
        "ScatterElements", IndexingGradients::scatterElements,
        "MaxPool", IndexingGradients::maxPool);
  }

  /**
   * Rows add up where an index repeats. Written as a product with the one-hot matrix of the
   * indices, because ONNX Runtime's ScatterND with reduction races on CPU
   * (microsoft/onnxruntime#18048).
   */
  private static void gather(Gradients g, Node n) {
    Value table = n.input(0);
    if (!g.needs(table)) {
      return;
    }
    int axis = (int) n.integer("axis");
    int picked = n.input(1).shape().rank();
    long rows = table.shape().at(axis);
    if (rows == Shape.DYNAMIC) {
      throw new IllegalArgumentException(
          "Gather along the dynamic axis "
              + axis
              + " of "
              + table
              + " has no gradient; give the axis a static length");
    }
    Value moved = g.gradientOf(n);
    Shape rest = table.shape();
    if (axis > 0) {
      int rank = moved.shape().rank();
      moved = g.op().transpose(moved, broughtToFront(axis, picked, rank));
      rest = Shape.of(permuted(table.shape(), broughtToFront(axis, 1, rest.rank())));
    }
    Shape row = Shape.of(Arrays.copyOfRange(rest.toArray(), 1, rest.rank()));
    Value indices = g.op().reshape(n.input(1), -1);
    Value gradient =
        row.isStatic()
            ? g.op().reshape(moved, -1, row.elements())
            : g.op().reshape(moved, indices.shape().at(0), -1);
    Value summed =
        rows > MOST_ONE_HOT_ROWS && row.isStatic()
            ? scattered(g, rows, indices, gradient)
            : g.op().transposedMatMul(g.op().oneHot(indices, rows), gradient);
    Value shaped = rest.rank() == 2 ? summed : g.op().reshape(summed, rest.toArray());
    g.accumulate(table, axis == 0 ? shaped : g.op().transpose(shaped, putBack(axis, rest.rank())));
  }

  private static Value scattered(Gradients g, long rows, Value indices, Value gradient) {
    long width = gradient.shape().at(1);
    Value zeros = g.op().expand(g.graph().constant(gradient.type(), new double[] {0}), rows, width);
    Value places = g.op().stretch(g.op().unsqueeze(indices, 1), gradient);
    return g.op().scatterAdd(zeros, 0, places, gradient);
  }

  /** The permutation that moves {@code count} axes from {@code axis} on to the front. */
  private static int[] broughtToFront(int axis, int count, int rank) {
    return IntStream.concat(
            IntStream.range(axis, axis + count),
            IntStream.concat(IntStream.range(0, axis), IntStream.range(axis + count, rank)))
        .toArray();
  }

  /** The permutation that moves the first axis to {@code axis}. */
  private static int[] putBack(int axis, int rank) {
    return IntStream.range(0, rank).map(at -> at == axis ? 0 : at < axis ? at + 1 : at).toArray();
  }

  private static long[] permuted(Shape shape, int[] permutation) {
    return IntStream.of(permutation).mapToLong(shape::at).toArray();
  }

  private static void gatherElements(Gradients g, Node n) {
    g.accumulate(
        n.input(0),
        g.op()
            .scatterAdd(
                g.op().zerosLike(n.input(0)),
                (int) n.integer("axis"),
                n.input(1),
                g.gradientOf(n)));
  }

  /** What was overwritten gets nothing; what was added to keeps its gradient. */
  private static void scatterElements(Gradients g, Node n) {
    int axis = (int) n.integer("axis");
    boolean adds = n.has("reduction");
    Value gradient = g.gradientOf(n);
    if (g.needs(n.input(0))) {
      Value kept =
          adds
              ? gradient
              : g.op().scatter(gradient, axis, n.input(1), g.op().zerosLike(n.input(2)));
      g.accumulate(n.input(0), kept);
    }
    if (g.needs(n.input(2))) {
      g.accumulate(n.input(2), g.op().gatherElements(gradient, axis, n.input(1)));
    }
  }

  private static void maxPool(Gradients g, Node n) {
    Value input = n.input(0);
    // MaxPool counts places over the whole flattened input.
    Value places = g.op().reshape(n.outputs().get(1), -1);
    Value gradient = g.op().reshape(g.gradientOf(n), -1);
    Value zeros = g.op().reshape(g.op().zerosLike(input), -1);
    Value flat = g.op().scatterAdd(zeros, 0, places, gradient);
    g.accumulate(input, g.op().reshapeLike(flat, input));
  }
}
