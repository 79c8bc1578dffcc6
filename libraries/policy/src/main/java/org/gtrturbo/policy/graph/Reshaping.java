package org.gtrturbo.policy.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The shape that ONNX's Reshape gives. */
public final class Reshaping {
  private Reshaping() {}

  /**
   * @param asked -1 for what is left over, 0 for the dimension of {@code from} at that place
   * @throws IllegalArgumentException if the number of elements would change
   */
  public static Shape result(Shape from, long[] asked) {
    long[] shape = asked.clone();
    int open = -1;
    List<Long> left = new ArrayList<>(Arrays.stream(from.toArray()).boxed().toList());
    for (int axis = 0; axis < shape.length; axis++) {
      if (shape[axis] == 0) {
        shape[axis] = from.at(axis);
      }
      if (asked[axis] == -1) {
        open = axis;
      } else if (shape[axis] == Shape.DYNAMIC) {
        left.remove(Shape.DYNAMIC);
      }
    }
    if (open >= 0) {
      shape[open] = leftOver(left, shape);
    }
    Shape result = Shape.of(shape);
    if (from.isStatic() && result.isStatic() && from.elements() != result.elements()) {
      throw new IllegalArgumentException(
          "reshape of " + from + " to " + result + " changes the number of elements");
    }
    return result;
  }

  /** The open dimension; dynamic ones that were copied cancel out. */
  private static long leftOver(List<Long> left, long[] shape) {
    long known = 1;
    for (long dimension : shape) {
      known *= dimension == Shape.DYNAMIC ? 1 : dimension;
    }
    if (left.contains(Shape.DYNAMIC) || known == 0) {
      return Shape.DYNAMIC;
    }
    return left.stream().reduce(1L, Math::multiplyExact) / known;
  }
}
