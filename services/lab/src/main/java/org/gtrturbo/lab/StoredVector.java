package org.gtrturbo.lab;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.gtrturbo.merging.WeightVector;
import org.gtrturbo.merging.WeightVectors;
import org.gtrturbo.policy.files.ElementType;
import org.gtrturbo.policy.files.Floats;
import org.gtrturbo.policy.files.StoredTensor;

/** A weight in a file as a vector of float32, widened as it is read. */
record StoredVector(Path file, StoredTensor tensor) implements WeightVector {
  /** In the place of a vector that is not looked at. */
  static final WeightVector NONE = WeightVector.of(MemorySegment.NULL);

  /** Whether reading needs room. */
  boolean isWidened() {
    return tensor.type() != ElementType.FLOAT32;
  }

  @Override
  public long elements() {
    return tensor.elements();
  }

  /**
   * @throws IllegalArgumentException if one of them is not a finite number
   */
  @Override
  public MemorySegment read(long first, int count, MemorySegment scratch) {
    int bytes = tensor.type().bytes();
    MemorySegment stored = tensor.bytes().asSlice(first * bytes, (long) count * bytes);
    MemorySegment run = stored;
    if (isWidened()) {
      run = scratch.asSlice(0, (long) count * Float.BYTES);
      Floats.widen(tensor.type(), stored, run);
    }
    OptionalLong strange = WeightVectors.firstNotFinite(run);
    if (strange.isPresent()) {
      throw new IllegalArgumentException(
          file
              + ": tensor "
              + tensor
              + " holds a value that is no finite number at element "
              + (first + strange.getAsLong()));
    }
    return run;
  }
}
