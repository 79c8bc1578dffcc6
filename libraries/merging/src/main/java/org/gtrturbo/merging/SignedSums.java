package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * TIES (arXiv 2306.01708) over a growing history in four running sums an element, exact and in
 * constant memory.
 *
 * <p>With x the sparse difference of a checkpoint from the base and w its weight: the positive mass
 * {@code P = Σ w x [x > 0]}, its weight {@code p = Σ w [x > 0]}, the negative mass {@code N = Σ w
 * |x| [x < 0]} and its weight {@code n = Σ w [x < 0]}. The elected sign is that of P − N, and the
 * mean over those that agree with it is P / p or −N / n. Where P = N there is no majority and the
 * base stays. A sign elected without weights needs the sum of x itself besides, the votes.
 */
final class SignedSums {
  private static final List<String> NAMES =
      List.of("positiveMass", "positiveWeight", "negativeMass", "negativeWeight");
  private static final String VOTES = "votes";
  private static final int POSITIVE = 0;
  private static final int POSITIVE_WEIGHT = 1;
  private static final int NEGATIVE = 2;
  private static final int NEGATIVE_WEIGHT = 3;
  private static final int VOTE = 4;

  /** One block of each. */
  private final double[][] sums;

  private final Precision precision;
  private final float[] base = new float[Blocks.LENGTH];
  private final float[] difference = new float[Blocks.LENGTH];
  private final float[] counted = new float[Blocks.LENGTH];
  private final float[] narrow = new float[Blocks.LENGTH];

  private SignedSums(int count, Precision precision) {
    this.sums = new double[count][Blocks.LENGTH];
    this.precision = precision;
  }

  static List<Sum> named(Precision precision, boolean votes) {
    List<Sum> sums = new ArrayList<>();
    NAMES.forEach(name -> sums.add(new Sum(name, precision)));
    if (votes) {
      sums.add(new Sum(VOTES, precision));
    }
    return List.copyOf(sums);
  }

  /** Makes a block of differences sparse. */
  interface Sparse {
    /**
     * @param first index within the tensor of the block's first element
     * @param difference θ − base; what is dropped is set to zero
     * @param counted what decides whose weight counts; {@code difference} as it is to come out, or
     *     as it went in
     */
    void apply(long first, float[] difference, float[] counted, int count);
  }

  /**
   * Adds a checkpoint's piece to the sums, and writes the teacher that they stand for if it is
   * wanted.
   *
   * @param rescale what differences that were not dropped are multiplied by in the end; before, it
   *     could only turn an even election
   */
  static void fold(MergeRule rule, Fold fold, Piece piece, Sparse sparse, double rescale) {
    var sums = new SignedSums(rule.sums().size(), rule.sums().getFirst().precision());
    long elements = Blocks.elements(piece.read().newest());
    for (long first = 0; first < elements; first += Blocks.LENGTH) {
      int count = Blocks.count(first, elements);
      sums.readDifferences(piece, first, count);
      sparse.apply(piece.first() + first, sums.difference, sums.counted, count);
      sums.read(piece.read().sums(), first, count);
      sums.add(fold, count);
      sums.write(piece.written().sums(), first, count);
      if (piece.isTeacherWanted()) {
        sums.readOut(rescale, count);
        Blocks.write(sums.difference, piece.written().teacher(), first, count);
      }
    }
  }

  private void readDifferences(Piece piece, long first, int count) {
    Blocks.read(piece.read().base(), first, base, count);
    Blocks.read(piece.read().newest(), first, difference, count);
    for (int index = 0; index < count; index++) {
      difference[index] -= base[index];
    }
  }

  private void read(List<MemorySegment> from, long first, int count) {
    for (int sum = 0; sum < sums.length; sum++) {
      Blocks.read(from.get(sum), precision, first, sums[sum], count, narrow);
    }
  }

  private void write(List<MemorySegment> into, long first, int count) {
    for (int sum = 0; sum < sums.length; sum++) {
      Blocks.write(sums[sum], into.get(sum), precision, first, count, narrow);
    }
  }

  private void add(Fold fold, int count) {
    double kept = fold.kept();
    double weight = fold.added();
    addMass(sums[POSITIVE], kept, weight, difference, 1, count);
    addMass(sums[NEGATIVE], kept, weight, difference, -1, count);
    addWeight(sums[POSITIVE_WEIGHT], kept, weight, counted, 1, count);
    addWeight(sums[NEGATIVE_WEIGHT], kept, weight, counted, -1, count);
    if (sums.length > VOTE) {
      for (int index = 0; index < count; index++) {
        sums[VOTE][index] += difference[index];
      }
    }
  }

  private static void addMass(
      double[] sum, double kept, double factor, float[] difference, float sign, int count) {
    for (int index = 0; index < count; index++) {
      sum[index] = kept * sum[index] + factor * Math.max(sign * difference[index], 0f);
    }
  }

  private static void addWeight(
      double[] sum, double kept, double weight, float[] counted, float sign, int count) {
    for (int index = 0; index < count; index++) {
      sum[index] = kept * sum[index] + weight * Math.max(Math.signum(sign * counted[index]), 0f);
    }
  }

  /** Over {@link #difference}. */
  private void readOut(double rescale, int count) {
    double[] positive = sums[POSITIVE];
    double[] negative = sums[NEGATIVE];
    boolean voted = sums.length > VOTE;
    for (int index = 0; index < count; index++) {
      double elected = voted ? sums[VOTE][index] : positive[index] - negative[index];
      boolean up = elected > 0;
      double mass = up ? positive[index] : -negative[index];
      double weight = sums[up ? POSITIVE_WEIGHT : NEGATIVE_WEIGHT][index];
      // A weight that has faded below the smallest number takes its mass along.
      double merged = elected != 0 && weight > 0 ? rescale * mass / weight : 0;
      difference[index] = (float) (base[index] + merged);
    }
  }
}
