package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;

/**
 * A vector of float32 weights that is read in runs: mapped memory, or computed where it is asked
 * for. Reading is safe from several threads.
 */
public interface WeightVector {

  long elements();

  /**
   * A run of the elements, little-endian float32.
   *
   * @param first index of its first element
   * @param scratch room for the whole run, {@code count} floats; whether it is used is the vector's
   *     affair
   * @return the run, either the vector's own memory, not to be written to, or {@code scratch}
   */
  MemorySegment read(long first, int count, MemorySegment scratch);

  /** What a piece of memory holds, without a copy. */
  static WeightVector of(MemorySegment values) {
    return new InMemory(values);
  }

  /**
   * @param values whole floats
   */
  record InMemory(MemorySegment values) implements WeightVector {
    public InMemory {
      if (values.byteSize() % Float.BYTES != 0) {
        throw new IllegalArgumentException(
            "a vector must be whole floats, got " + values.byteSize() + " bytes");
      }
    }

    @Override
    public long elements() {
      return values.byteSize() / Float.BYTES;
    }

    @Override
    public MemorySegment read(long first, int count, MemorySegment scratch) {
      return values.asSlice(first * Float.BYTES, (long) count * Float.BYTES);
    }
  }
}
