package org.gtrturbo.merging;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An average of any length, made afterwards out of stored ones (EDM2, arXiv 2312.02696, section
 * 3.2): the combination of them whose weights over the checkpoints are the wanted ones in the sense
 * of least squares. Over the shares as they are, not over the integrals that stand for them.
 */
public final class PostHocSynthesis {
  /** What is left of a vector that depends on those before it. */
  private static final double DEPENDENT = 1e-10;

  private PostHocSynthesis() {}

  /**
   * An average as it stood.
   *
   * @param merged how many checkpoints were in it
   */
  public record Snapshot(PowerAverage average, int merged) {
    public Snapshot {
      if (merged < 1) {
        throw new IllegalArgumentException(
            "a snapshot must hold at least one checkpoint, got " + merged);
      }
    }
  }

  /**
   * @param coefficients what each snapshot is multiplied by, in the order given
   * @param error Euclidean distance of the weights that come out from those wanted
   */
  public record Synthesis(double[] coefficients, double error) {
    public Synthesis {
      coefficients = coefficients.clone();
    }

    @Override
    public double[] coefficients() {
      return coefficients.clone();
    }
  }

  /**
   * The combination that comes nearest to an average.
   *
   * @param merged how many checkpoints the average is to be over; snapshots of more can be used
   */
  public static Synthesis of(List<Snapshot> snapshots, PowerAverage wanted, int merged) {
    return of(snapshots, wanted.shares(merged));
  }

  /**
   * The combination that comes nearest to given weights.
   *
   * @param wanted shape (n): weight of each checkpoint from the first
   */
  public static Synthesis of(List<Snapshot> snapshots, double[] wanted) {
    int length =
        Math.max(wanted.length, snapshots.stream().mapToInt(Snapshot::merged).max().orElse(0));
    List<double[]> columns = new ArrayList<>();
    for (Snapshot snapshot : snapshots) {
      columns.add(Arrays.copyOf(snapshot.average().shares(snapshot.merged()), length));
    }
    return leastSquares(columns, Arrays.copyOf(wanted, length));
  }

  /**
   * By Gram and Schmidt's orthogonalisation, applied twice so that it holds in floating point; a
   * column that adds no direction gets no coefficient.
   */
  private static Synthesis leastSquares(List<double[]> columns, double[] wanted) {
    int count = columns.size();
    var directions = new ArrayList<double[]>();
    var triangle = new double[count][count];
    for (int column = 0; column < count; column++) {
      double[] left = columns.get(column).clone();
      double norm = norm(left);
      for (int pass = 0; pass < 2; pass++) {
        for (int row = 0; row < column; row++) {
          triangle[row][column] += removeInPlace(left, directions.get(row));
        }
      }
      double rest = norm(left);
      boolean independent = rest > DEPENDENT * norm;
      triangle[column][column] = independent ? rest : 0;
      double scale = independent ? 1 / rest : 0;
      directions.add(Arrays.stream(left).map(value -> value * scale).toArray());
    }
    double[] residue = wanted.clone();
    var coefficients = new double[count];
    for (int row = 0; row < count; row++) {
      coefficients[row] = removeInPlace(residue, directions.get(row));
    }
    solveInPlace(triangle, coefficients);
    return new Synthesis(coefficients, norm(residue));
  }

  private static void solveInPlace(double[][] triangle, double[] right) {
    for (int row = right.length - 1; row >= 0; row--) {
      for (int column = row + 1; column < right.length; column++) {
        right[row] -= triangle[row][column] * right[column];
      }
      right[row] = triangle[row][row] == 0 ? 0 : right[row] / triangle[row][row];
    }
  }

  /** Takes the share along a direction of length 1 out of a vector, and returns it. */
  private static double removeInPlace(double[] vector, double[] direction) {
    double along = 0;
    for (int index = 0; index < vector.length; index++) {
      along += vector[index] * direction[index];
    }
    for (int index = 0; index < vector.length; index++) {
      vector[index] -= along * direction[index];
    }
    return along;
  }

  private static double norm(double[] vector) {
    return Math.sqrt(Arrays.stream(vector).map(value -> value * value).sum());
  }
}
