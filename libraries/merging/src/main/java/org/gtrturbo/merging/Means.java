package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** The running mean of every rule that has one: {@code T ← (1 − w) T + w θ}. */
final class Means {
  private Means() {}

  /** A mean in float32 is the teacher itself. */
  static List<Sum> sums(Precision precision) {
    return precision == Precision.FLOAT32 ? List.of() : List.of(new Sum("mean", precision));
  }

  static Needs needs(Precision precision) {
    return new Needs(false, precision == Precision.FLOAT32, 0, Needs.Survey.NONE);
  }

  /** The mean of nothing but the base. */
  static void start(MemorySegment base, List<MemorySegment> sums) {
    var values = new float[Blocks.LENGTH];
    var wide = new double[Blocks.LENGTH];
    for (MemorySegment mean : sums) {
      for (long first = 0; first < Blocks.elements(base); first += Blocks.LENGTH) {
        int count = Blocks.count(first, Blocks.elements(base));
        Blocks.read(base, Precision.FLOAT32, first, wide, count, values);
        Blocks.write(wide, mean, Precision.FLOAT64, first, count, values);
      }
    }
  }

  static void fold(double weight, Piece piece) {
    Piece.Read read = piece.read();
    Piece.Written written = piece.written();
    if (read.sums().isEmpty()) {
      WeightVectors.fold(read.teacher(), read.newest(), weight, written.teacher());
    } else {
      foldSum(
          weight,
          Precision.FLOAT64,
          read.sums().getFirst(),
          read.newest(),
          written.sums().getFirst(),
          written.teacher());
    }
  }

  /**
   * {@code into ← (1 − weight) mean + weight newest}, and the teacher from it.
   *
   * @param teacher {@link Piece#UNUSED} if the mean is not the teacher's, or not wanted as such
   */
  static void foldSum(
      double weight,
      Precision precision,
      MemorySegment mean,
      MemorySegment newest,
      MemorySegment into,
      MemorySegment teacher) {
    var fresh = new float[Blocks.LENGTH];
    var values = new double[Blocks.LENGTH];
    long elements = Blocks.elements(newest);
    for (long first = 0; first < elements; first += Blocks.LENGTH) {
      int count = Blocks.count(first, elements);
      Blocks.read(mean, precision, first, values, count, fresh);
      Blocks.read(newest, first, fresh, count);
      mixInPlace(values, fresh, weight, count);
      Blocks.write(values, into, precision, first, count, fresh);
      if (!teacher.equals(Piece.UNUSED)) {
        Blocks.write(values, teacher, Precision.FLOAT32, first, count, fresh);
      }
    }
  }

  private static void mixInPlace(double[] mean, float[] newest, double weight, int count) {
    double rest = 1 - weight;
    if (rest == 0) {
      // Even a negative zero stays what it is.
      for (int index = 0; index < count; index++) {
        mean[index] = newest[index];
      }
      return;
    }
    for (int index = 0; index < count; index++) {
      mean[index] = rest * mean[index] + weight * newest[index];
    }
  }
}
