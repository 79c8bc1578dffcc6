package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/**
 * Arithmetic over flat vectors of little-endian float32.
 *
 * <p>Scalar loops in double, rounded to float32 once per element: Java's arithmetic is the same on
 * every machine, so equal inputs give equal bits, and no fused multiply-add is used, which would be
 * emulated where the machine has none.
 */
public final class WeightVectors {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private WeightVectors() {}

  /**
   * {@code into ← (1 − weight) · teacher + weight · newest}, element by element. All three have the
   * same length; {@code into} may be one of the others.
   *
   * <p>This form, rather than {@code T + w (θ − T)}, gives exactly the newest at weight 1 and
   * leaves a vector folded into itself unchanged.
   *
   * @param weight of the newest, in [0, 1]
   */
  public static void fold(
      MemorySegment teacher, MemorySegment newest, double weight, MemorySegment into) {
    requireSameLength(teacher, newest);
    requireSameLength(teacher, into);
    if (!(weight >= 0 && weight <= 1)) {
      throw new IllegalArgumentException("weight must be in [0, 1], got " + weight);
    }
    if (weight == 1) {
      // Even a negative zero stays what it is.
      into.copyFrom(newest);
      return;
    }
    double rest = 1 - weight;
    long elements = elements(teacher);
    for (long index = 0; index < elements; index++) {
      double old = teacher.getAtIndex(FLOAT, index);
      double fresh = newest.getAtIndex(FLOAT, index);
      into.setAtIndex(FLOAT, index, (float) (rest * old + weight * fresh));
    }
  }

  /** The Euclidean distance of two vectors of the same length. */
  public static double distance(MemorySegment left, MemorySegment right) {
    requireSameLength(left, right);
    double squares = 0;
    long elements = elements(left);
    for (long index = 0; index < elements; index++) {
      double difference = (double) left.getAtIndex(FLOAT, index) - right.getAtIndex(FLOAT, index);
      squares += difference * difference;
    }
    return Math.sqrt(squares);
  }

  /** Index of the first element that is not a finite number. */
  public static OptionalLong firstNotFinite(MemorySegment vector) {
    long elements = elements(vector);
    for (long index = 0; index < elements; index++) {
      if (!Float.isFinite(vector.getAtIndex(FLOAT, index))) {
        return OptionalLong.of(index);
      }
    }
    return OptionalLong.empty();
  }

  private static long elements(MemorySegment vector) {
    return vector.byteSize() / Float.BYTES;
  }

  private static void requireSameLength(MemorySegment left, MemorySegment right) {
    if (left.byteSize() != right.byteSize() || left.byteSize() % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "vectors must be float32 of one length, got "
              + left.byteSize()
              + " and "
              + right.byteSize()
              + " bytes");
    }
  }
}
