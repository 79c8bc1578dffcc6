package org.gtrturbo.policy.files;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor in a file.
 *
 * @param shape its lengths
 * @param bytes little-endian, row-major, mapped from the file; empty where the file does not keep
 *     them in one piece, which weights must be
 */
public record StoredTensor(String name, ElementType type, long[] shape, MemorySegment bytes) {
  public StoredTensor {
    shape = shape.clone();
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  public long elements() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  /** Whether the bytes are there, all of them. */
  public boolean isWhole() {
    return bytes.byteSize() == elements() * type.bytes();
  }

  /** As an error names it. */
  @Override
  public String toString() {
    return name + " " + type + Arrays.toString(shape);
  }
}
