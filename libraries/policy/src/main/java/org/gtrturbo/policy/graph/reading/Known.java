package org.gtrturbo.policy.graph.reading;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.SliceBounds;

/**
 * What is known of a small tensor before the graph runs: the shapes and sizes that an exported
 * model computes with.
 *
 * @param numbers row-major; NaN where a number is known only when the graph runs. Integers up to
 *     2⁵³ are exact, and Long.MAX_VALUE comes back as itself.
 * @param copied where an unknown number is, unchanged, a dynamic dimension of some value: how many
 *     batches long that is, {@link #SOME} where that is not certain; 0 elsewhere
 */
record Known(DataType type, Shape shape, double[] numbers, long[] copied) {
  /** Tensors of more elements are not followed. */
  static final int MOST_ELEMENTS = 4096;

  static final double UNKNOWN = Double.NaN;
  static final long SOME = -1;

  Known {
    if (shape.elements() != numbers.length) {
      throw new IllegalArgumentException(numbers.length + " numbers do not fill " + shape);
    }
  }

  Known(DataType type, Shape shape, double[] numbers) {
    this(type, shape, numbers, new long[numbers.length]);
  }

  static Known integers(long... numbers) {
    return new Known(
        DataType.INT64,
        Shape.of(numbers.length),
        Arrays.stream(numbers).asDoubleStream().toArray());
  }

  /** The dimensions of an operand as an INT64 vector, dynamic ones unknown. */
  static Known dimensionsOf(Operand operand) {
    Shape shape = operand.shape();
    double[] numbers = new double[shape.rank()];
    long[] copied = new long[shape.rank()];
    for (int axis = 0; axis < numbers.length; axis++) {
      boolean isDynamic = shape.at(axis) == Shape.DYNAMIC;
      copied[axis] = isDynamic ? operand.batches().orElse(SOME) : 0;
      numbers[axis] = isDynamic ? UNKNOWN : shape.at(axis);
    }
    return new Known(DataType.INT64, Shape.of(numbers.length), numbers, copied);
  }

  boolean isWhole() {
    return Arrays.stream(numbers).noneMatch(Double::isNaN);
  }

  boolean isCopied(int index) {
    return copied[index] != 0;
  }

  /** How many batches long the dimension is that a number was copied from. */
  OptionalLong batchesAt(int index) {
    return copied[index] > 0 ? OptionalLong.of(copied[index]) : OptionalLong.empty();
  }

  double single() {
    if (numbers.length != 1) {
      throw new IllegalArgumentException("one number is needed, got " + this);
    }
    return numbers[0];
  }

  /** The numbers as integers; unknown ones are {@link Shape#DYNAMIC}. */
  long[] asDimensions() {
    return Arrays.stream(numbers)
        .mapToLong(number -> Double.isNaN(number) ? Shape.DYNAMIC : (long) number)
        .toArray();
  }

  /** The numbers as integers, all known. */
  long[] asIntegers() {
    if (!isWhole()) {
      throw new IllegalArgumentException("the integers " + this + " must be known before running");
    }
    return asDimensions();
  }

  Known reshaped(Shape to) {
    return new Known(type, to, numbers, copied);
  }

  Known cast(DataType to) {
    if (to == type) {
      return this;
    }
    DoubleUnaryOperator cast =
        switch (to) {
          case FLOAT -> number -> (double) (float) number;
          case DOUBLE -> DoubleUnaryOperator.identity();
          case BOOL -> number -> number == 0 ? 0 : 1;
          default -> number -> number < 0 ? Math.ceil(number) : Math.floor(number);
        };
    return map(to, cast);
  }

  Known map(DataType to, DoubleUnaryOperator function) {
    double[] result =
        Arrays.stream(numbers)
            .map(number -> Double.isNaN(number) ? UNKNOWN : function.applyAsDouble(number))
            .toArray();
    return new Known(to, shape, result);
  }

  Known combine(Known other, DataType to, DoubleBinaryOperator function) {
    Shape common = shape.broadcast(other.shape);
    Known left = expanded(common);
    Known right = other.expanded(common);
    double[] result = new double[left.numbers.length];
    for (int index = 0; index < result.length; index++) {
      boolean isKnown = !Double.isNaN(left.numbers[index]) && !Double.isNaN(right.numbers[index]);
      result[index] =
          isKnown ? function.applyAsDouble(left.numbers[index], right.numbers[index]) : UNKNOWN;
    }
    return new Known(to, common, result);
  }

  /** This tensor broadcast to {@code to}. */
  Known expanded(Shape to) {
    if (to.equals(shape)) {
      return this;
    }
    int[] sources =
        IntStream.range(0, Math.toIntExact(to.elements()))
            .map(index -> source(index, to))
            .toArray();
    return at(to, sources);
  }

  private int source(int index, Shape to) {
    int rest = index;
    int source = 0;
    int stride = 1;
    int offset = to.rank() - shape.rank();
    for (int axis = to.rank() - 1; axis >= 0; axis--) {
      int at = rest % (int) to.at(axis);
      rest /= (int) to.at(axis);
      if (axis >= offset) {
        int own = (int) shape.at(axis - offset);
        source += (own == 1 ? 0 : at) * stride;
        stride *= own;
      }
    }
    return source;
  }

  /** Of a vector, the elements at {@code indices}, in the shape of {@code indices}. */
  Known picked(Known indices) {
    if (!indices.isWhole()) {
      double[] unknown = new double[indices.numbers.length];
      Arrays.fill(unknown, UNKNOWN);
      return new Known(type, indices.shape, unknown);
    }
    int[] sources =
        Arrays.stream(indices.numbers)
            .mapToInt(index -> (int) (index < 0 ? index + numbers.length : index))
            .toArray();
    return at(indices.shape, sources);
  }

  /** Of a vector, every {@code step}-th element between bounds that ONNX Slice understands. */
  Known sliced(long from, long to, long step) {
    SliceBounds bounds = SliceBounds.of(from, to, step, numbers.length);
    int[] sources =
        IntStream.range(0, (int) bounds.count())
            .map(index -> (int) (bounds.from() + index * bounds.step()))
            .toArray();
    return at(Shape.of(sources.length), sources);
  }

  private Known at(Shape to, int[] sources) {
    double[] result = new double[sources.length];
    long[] from = new long[sources.length];
    for (int index = 0; index < sources.length; index++) {
      result[index] = numbers[sources[index]];
      from[index] = copied[sources[index]];
    }
    return new Known(type, to, result, from);
  }

  /** Vectors joined to one. */
  static Known joined(List<Known> parts) {
    int length = parts.stream().mapToInt(part -> part.numbers.length).sum();
    double[] numbers = new double[length];
    long[] copied = new long[length];
    int at = 0;
    for (Known part : parts) {
      System.arraycopy(part.numbers, 0, numbers, at, part.numbers.length);
      System.arraycopy(part.copied, 0, copied, at, part.numbers.length);
      at += part.numbers.length;
    }
    return new Known(parts.getFirst().type, Shape.of(length), numbers, copied);
  }

  @Override
  public String toString() {
    return type + "" + shape + Arrays.toString(numbers);
  }
}
