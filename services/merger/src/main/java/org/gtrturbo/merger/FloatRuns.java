package org.gtrturbo.merger;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/** Looks at runs of little-endian float32; sums are taken in double, in the order of elements. */
final class FloatRuns {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private FloatRuns() {}

  /** Σ (left − right)², of two runs of the same length. */
  static double squaredDistance(MemorySegment left, MemorySegment right) {
    double squares = 0;
    long elements = left.byteSize() / Float.BYTES;
    for (long index = 0; index < elements; index++) {
      double difference = (double) left.getAtIndex(FLOAT, index) - right.getAtIndex(FLOAT, index);
      squares += difference * difference;
    }
    return squares;
  }

  /** Index of the first element that is not a finite number. */
  static OptionalLong firstNotFinite(MemorySegment run) {
    long elements = run.byteSize() / Float.BYTES;
    for (long index = 0; index < elements; index++) {
      if (!Float.isFinite(run.getAtIndex(FLOAT, index))) {
        return OptionalLong.of(index);
      }
    }
    return OptionalLong.empty();
  }
}
