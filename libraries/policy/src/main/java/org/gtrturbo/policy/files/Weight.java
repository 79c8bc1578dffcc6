package org.gtrturbo.policy.files;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A float32 tensor that a model computes with.
 *
 * @param values little-endian, row-major; not copied
 */
public record Weight(String name, long[] shape, MemorySegment values) {
  public Weight {
    shape = shape.clone();
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  /**
   * Fills {@code into} with what a model computes with whose file keeps this weight in a format.
   *
   * @param into as many floats as the weight has
   */
  public void restore(WeightFormat format, MemorySegment into) {
    KeptWeight.Restored restored = KeptWeight.of(this, format).restored();
    long elements = elements();
    for (long first = 0; first < elements; first += StreamedTensor.CHUNK_ELEMENTS) {
      long count = Math.min(StreamedTensor.CHUNK_ELEMENTS, elements - first);
      restored.fill(first, into.asSlice(first * Float.BYTES, count * Float.BYTES));
    }
  }

  long elements() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  MemorySegment run(long first, long count) {
    return values.asSlice(first * Float.BYTES, count * Float.BYTES);
  }
}
