package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * Arithmetic over flat vectors of little-endian float32.
 *
 * <p>Loops in double, rounded to float32 once per element: Java's arithmetic is the same on every
 * machine, so equal inputs give equal bits, and no fused multiply-add is used, which would be
 * emulated where the machine has none.
 */
public final class WeightVectors {
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
    var old = new float[Blocks.LENGTH];
    var fresh = new float[Blocks.LENGTH];
    long elements = Blocks.elements(teacher);
    for (long first = 0; first < elements; first += Blocks.LENGTH) {
      int count = Blocks.count(first, elements);
      Blocks.read(teacher, first, old, count);
      Blocks.read(newest, first, fresh, count);
      mixInPlace(old, fresh, weight, count);
      Blocks.write(old, into, first, count);
    }
  }

  private static void mixInPlace(float[] teacher, float[] newest, double weight, int count) {
    double rest = 1 - weight;
    for (int index = 0; index < count; index++) {
      teacher[index] = (float) (rest * teacher[index] + weight * newest[index]);
    }
  }

  /**
   * {@code into ← Σ coefficientᵢ · vectorᵢ}, element by element, added up in double in the order
   * given. All have the same length; {@code into} may be one of the others.
   *
   * @param coefficients as many as there are vectors
   */
  public static void combine(
      List<MemorySegment> vectors, double[] coefficients, MemorySegment into) {
    if (vectors.size() != coefficients.length) {
      throw new IllegalArgumentException(
          "each vector needs a coefficient, got " + coefficients.length + " for " + vectors.size());
    }
    vectors.forEach(vector -> requireSameLength(vector, into));
    var total = new double[Blocks.LENGTH];
    var values = new float[Blocks.LENGTH];
    long elements = Blocks.elements(into);
    for (long first = 0; first < elements; first += Blocks.LENGTH) {
      int count = Blocks.count(first, elements);
      Arrays.fill(total, 0);
      for (int vector = 0; vector < vectors.size(); vector++) {
        Blocks.read(vectors.get(vector), first, values, count);
        addInPlace(total, coefficients[vector], values, count);
      }
      Blocks.write(total, into, Precision.FLOAT32, first, count, values);
    }
  }

  private static void addInPlace(double[] total, double factor, float[] values, int count) {
    for (int index = 0; index < count; index++) {
      total[index] += factor * values[index];
    }
  }

  /** The Euclidean distance of two vectors of the same length. */
  public static double distance(MemorySegment left, MemorySegment right) {
    requireSameLength(left, right);
    double squares = 0;
    long elements = Blocks.elements(left);
    for (long index = 0; index < elements; index++) {
      double difference =
          (double) left.getAtIndex(Blocks.FLOAT, index) - right.getAtIndex(Blocks.FLOAT, index);
      squares += difference * difference;
    }
    return Math.sqrt(squares);
  }

  /** Index of the first element that is not a finite number. */
  public static OptionalLong firstNotFinite(MemorySegment vector) {
    var bits = new int[Magnitudes.LENGTH];
    long elements = Blocks.elements(vector);
    for (long first = 0; first < elements; first += bits.length) {
      int count = (int) Math.min(bits.length, elements - first);
      Magnitudes.read(vector, first, bits, count);
      if (Magnitudes.above(bits, count, Magnitudes.LARGEST) > 0) {
        long at = first;
        while (Float.isFinite(vector.getAtIndex(Blocks.FLOAT, at))) {
          at++;
        }
        return OptionalLong.of(at);
      }
    }
    return OptionalLong.empty();
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
