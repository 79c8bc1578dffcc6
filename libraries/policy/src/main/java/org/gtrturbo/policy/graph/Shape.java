package org.gtrturbo.policy.graph;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The dimensions of a tensor. Any may be {@link #DYNAMIC}; two dynamic dimensions that meet in an
 * operator are taken to be equal at run time, and a dynamic one that meets a known one to equal it.
 */
public final class Shape {
  /** A dimension known only when the graph runs: the batch. */
  public static final long DYNAMIC = -1;

  private final long[] dimensions;

  private Shape(long[] dimensions) {
    this.dimensions = dimensions;
  }

  public static Shape of(long... dimensions) {
    for (long dimension : dimensions) {
      if (dimension < DYNAMIC) {
        throw new IllegalArgumentException(
            "a dimension must be >= 0, or -1 for dynamic, got " + Arrays.toString(dimensions));
      }
    }
    return new Shape(dimensions.clone());
  }

  public static Shape of(List<Long> dimensions) {
    return of(dimensions.stream().mapToLong(Long::longValue).toArray());
  }

  public int rank() {
    return dimensions.length;
  }

  /** The dimension at {@code axis}; negative axes count from the end. */
  public long at(int axis) {
    return dimensions[axis(axis)];
  }

  /** {@code axis} counted from the front. */
  public int axis(int axis) {
    int counted = axis < 0 ? axis + rank() : axis;
    return Objects.checkIndex(counted, rank());
  }

  public long[] toArray() {
    return dimensions.clone();
  }

  public boolean isStatic() {
    return Arrays.stream(dimensions).noneMatch(dimension -> dimension == DYNAMIC);
  }

  /** Number of elements; only for static shapes. */
  public long elements() {
    if (!isStatic()) {
      throw new IllegalStateException("elements of the dynamic shape " + this + " are not known");
    }
    return Arrays.stream(dimensions).reduce(1, Math::multiplyExact);
  }

  public Shape with(int axis, long dimension) {
    long[] changed = toArray();
    changed[axis(axis)] = dimension;
    return new Shape(changed);
  }

  /** The shape of an elementwise operator's result by ONNX's (NumPy's) broadcasting rule. */
  public Shape broadcast(Shape other) {
    int rank = Math.max(rank(), other.rank());
    long[] result = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      long left = fromEnd(rank - axis);
      long right = other.fromEnd(rank - axis);
      if (left != right && left != 1 && right != 1 && left != DYNAMIC && right != DYNAMIC) {
        throw new IllegalArgumentException(
            "shapes " + this + " and " + other + " do not broadcast");
      }
      result[axis] = left == 1 ? right : right == 1 ? left : Math.max(left, right);
    }
    return new Shape(result);
  }

  /**
   * This shape with the dynamic dimensions filled in that {@code other}, of the same rank, knows.
   */
  Shape refinedBy(Shape other) {
    if (rank() != other.rank()) {
      throw new IllegalArgumentException("shapes " + this + " and " + other + " differ in rank");
    }
    long[] result = toArray();
    for (int axis = 0; axis < result.length; axis++) {
      long known = other.dimensions[axis];
      if (result[axis] == DYNAMIC) {
        result[axis] = known;
      } else if (known != DYNAMIC && known != result[axis]) {
        throw new IllegalArgumentException("shapes " + this + " and " + other + " contradict");
      }
    }
    return new Shape(result);
  }

  private long fromEnd(int position) {
    return position > rank() ? 1 : dimensions[rank() - position];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions);
  }

  @Override
  public String toString() {
    return Arrays.stream(dimensions)
        .mapToObj(dimension -> dimension == DYNAMIC ? "?" : Long.toString(dimension))
        .collect(Collectors.joining("×", "(", ")"));
  }
}
