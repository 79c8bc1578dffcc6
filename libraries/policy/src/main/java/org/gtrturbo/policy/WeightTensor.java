package org.gtrturbo.policy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A named tensor as a checkpoint holds it.
 *
 * @param values little-endian float32, row-major; read by nobody but its owner while written
 */
public record WeightTensor(String name, long[] shape, MemorySegment values) {
  public WeightTensor {
    shape = shape.clone();
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (values.byteSize() != elements * Float.BYTES) {
      throw new IllegalArgumentException(
          "tensor "
              + name
              + " of shape "
              + Arrays.toString(shape)
              + " needs "
              + elements * Float.BYTES
              + " bytes, got "
              + values.byteSize());
    }
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }
}
