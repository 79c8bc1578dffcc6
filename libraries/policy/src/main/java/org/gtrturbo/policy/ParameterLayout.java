package org.gtrturbo.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where each named tensor of a policy lies in one flat float32 vector.
 *
 * @param slots the tensors, without gaps between them
 * @param size length of the vector: what the slots hold, filled up to a multiple of {@link #ROW}
 */
public record ParameterLayout(List<Slot> slots, long size) {
  /** The vector is a whole number of rows, so that its norm can be summed in two levels. */
  public static final int ROW = 256;

  /**
   * @param offset of the first element
   */
  public record Slot(String name, long[] shape, long offset) {
    public Slot {
      shape = shape.clone();
    }

    @Override
    public long[] shape() {
      return shape.clone();
    }

    public long elements() {
      return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }
  }

  public ParameterLayout {
    slots = List.copyOf(slots);
  }

  /** A parameter's name and shape. */
  public record Parameter(String name, long... shape) {
    public Parameter {
      shape = shape.clone();
    }

    @Override
    public long[] shape() {
      return shape.clone();
    }
  }

  /** The parameters one behind the other. */
  public static ParameterLayout of(List<Parameter> parameters) {
    List<Slot> slots = new ArrayList<>();
    long offset = 0;
    for (Parameter parameter : parameters) {
      Slot slot = new Slot(parameter.name(), parameter.shape(), offset);
      slots.add(slot);
      offset += slot.elements();
    }
    return new ParameterLayout(slots, (offset + ROW - 1) / ROW * ROW);
  }

  /** How many parameters there are, the filling not counted. */
  public long parameters() {
    return slots.stream().mapToLong(Slot::elements).sum();
  }

  /** Elements behind the last slot; always zero. */
  public long filling() {
    return size - parameters();
  }
}
