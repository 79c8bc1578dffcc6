package org.gtrturbo.policy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The weights of a policy as one flat little-endian float32 vector in native memory.
 *
 * <p>Whoever fills the vector does so before handing the parameters on; afterwards nobody writes to
 * it. The memory is freed by the garbage collector, because actors drop old versions while runs
 * with them may still be under way.
 */
public final class Parameters {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final ParameterLayout layout;
  private final MemorySegment values;

  private Parameters(ParameterLayout layout, MemorySegment values) {
    this.layout = layout;
    this.values = values;
  }

  /** All zero, to be filled through {@link #slice}. */
  public static Parameters zeros(ParameterLayout layout) {
    return new Parameters(layout, Arena.ofAuto().allocate(layout.size() * Float.BYTES, 64));
  }

  /** Of the values given, which are copied. */
  public static Parameters of(ParameterLayout layout, float[] values) {
    if (values.length != layout.size()) {
      throw new IllegalArgumentException(
          "the layout holds " + layout.size() + " floats, got " + values.length);
    }
    Parameters parameters = zeros(layout);
    MemorySegment.copy(values, 0, parameters.values, FLOAT, 0, values.length);
    return parameters;
  }

  public ParameterLayout layout() {
    return layout;
  }

  /** The whole vector, {@code layout().size()} floats. */
  public MemorySegment values() {
    return values;
  }

  /** The part of the vector that belongs to {@code slot}; writes go through. */
  public MemorySegment slice(ParameterLayout.Slot slot) {
    return values.asSlice(slot.offset() * Float.BYTES, slot.elements() * Float.BYTES);
  }

  public float get(long index) {
    return values.getAtIndex(FLOAT, index);
  }

  void set(long index, float value) {
    values.setAtIndex(FLOAT, index, value);
  }

  public float[] toArray() {
    return values.toArray(FLOAT);
  }

  /** The vector as a direct buffer, little-endian, without a copy. */
  public ByteBuffer buffer() {
    return values.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
