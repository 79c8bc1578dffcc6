package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;

/**
 * A matrix with low-rank adapters added (LoRA, arXiv 2106.09685), computed where it is read: {@code
 * W + scale · A · B}.
 *
 * <p>Adapters are merged as what they make of their matrix, never as factors: the mean of two A
 * times the mean of two B is not the mean of the products, and comes out smaller. Sums run over the
 * rank in float32, then W is added, so the bits are those that a policy computes with.
 *
 * @param matrix W, shape (matrices, in, out), a stack of one for a single matrix
 * @param down A, shape (matrices, in, rank)
 * @param up B, shape (matrices, rank, out)
 */
public record AdaptedMatrix(
    WeightVector matrix, WeightVector down, WeightVector up, float scale, Shape shape)
    implements WeightVector {

  /** Rows, columns and rank of each matrix of a stack. */
  public record Shape(int matrices, int in, int out, int rank) {
    public Shape {
      if (matrices < 1 || in < 1 || out < 1 || rank < 1) {
        throw new IllegalArgumentException(
            "an adapted matrix needs at least one of everything, got "
                + matrices
                + " matrices of "
                + in
                + " by "
                + out
                + " and rank "
                + rank);
      }
    }
  }

  public AdaptedMatrix {
    requireElements("a matrix", matrix, shape.in(), shape.out(), shape.matrices());
    requireElements("its first adapter", down, shape.in(), shape.rank(), shape.matrices());
    requireElements("its second adapter", up, shape.rank(), shape.out(), shape.matrices());
  }

  private static void requireElements(String what, WeightVector vector, long a, long b, long c) {
    if (vector.elements() != a * b * c) {
      throw new IllegalArgumentException(
          what + " must have " + a * b * c + " elements, got " + vector.elements());
    }
  }

  @Override
  public long elements() {
    return matrix.elements();
  }

  @Override
  public MemorySegment read(long first, int count, MemorySegment scratch) {
    MemorySegment plain = matrix.read(first, count, scratch);
    int done = 0;
    while (done < count) {
      long row = (first + done) / shape.out();
      int column = (int) ((first + done) % shape.out());
      int columns = Math.min(shape.out() - column, count - done);
      var sum = product(row, column, columns);
      var values = new float[columns];
      Blocks.read(plain, done, values, columns);
      for (int index = 0; index < columns; index++) {
        values[index] += sum[index];
      }
      Blocks.write(values, scratch, done, columns);
      done += columns;
    }
    return scratch;
  }

  /** Part of a row of scale · A · B. */
  private float[] product(long row, int column, int columns) {
    int rank = shape.rank();
    var factors = new float[rank];
    Blocks.read(down.read(row * rank, rank, Blocks.room(rank)), 0, factors, rank);
    long firstOfStack = row / shape.in() * rank;
    var sum = new float[columns];
    var line = new float[columns];
    MemorySegment room = Blocks.room(columns);
    for (int inner = 0; inner < rank; inner++) {
      float factor = scale * factors[inner];
      long at = (firstOfStack + inner) * shape.out() + column;
      Blocks.read(up.read(at, columns, room), 0, line, columns);
      for (int index = 0; index < columns; index++) {
        sum[index] += factor * line[index];
      }
    }
    return sum;
  }
}
