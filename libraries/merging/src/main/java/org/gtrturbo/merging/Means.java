package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/** The running mean of every rule that has one: {@code T ← (1 − w) T + w θ}. */
final class Means {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Means() {}

  /** A mean in float32 is the teacher itself. */
  static List<Sum> sums(Precision precision) {
    return precision == Precision.FLOAT32 ? List.of() : List.of(new Sum("mean", precision));
  }

  static Needs needs(Precision precision) {
    return new Needs(false, precision == Precision.FLOAT32, 0, Needs.Survey.NONE);
  }

  static void start(MemorySegment base, List<MemorySegment> sums) {
    for (MemorySegment mean : sums) {
      for (long index = 0; index < mean.byteSize() / Double.BYTES; index++) {
        mean.setAtIndex(DOUBLE, index, base.getAtIndex(FLOAT, index));
      }
    }
  }

  static void fold(double weight, Piece piece) {
    Piece.Read read = piece.read();
    Piece.Written written = piece.written();
    if (read.sums().isEmpty()) {
      WeightVectors.fold(read.teacher(), read.newest(), weight, written.teacher());
    } else {
      foldWide(
          read.sums().getFirst(),
          read.newest(),
          weight,
          written.sums().getFirst(),
          written.teacher());
    }
  }

  private static void foldWide(
      MemorySegment mean,
      MemorySegment newest,
      double weight,
      MemorySegment into,
      MemorySegment teacher) {
    double rest = 1 - weight;
    long elements = teacher.byteSize() / Float.BYTES;
    for (long index = 0; index < elements; index++) {
      double old = mean.getAtIndex(DOUBLE, index);
      double fresh = newest.getAtIndex(FLOAT, index);
      // At weight 1 the old one may be anything that is finite, and a negative zero stays.
      double value = weight == 1 ? fresh : rest * old + weight * fresh;
      into.setAtIndex(DOUBLE, index, value);
      teacher.setAtIndex(FLOAT, index, (float) value);
    }
  }
}
