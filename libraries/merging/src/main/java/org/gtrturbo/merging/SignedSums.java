package org.gtrturbo.merging;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
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
  /**
   * Elements of a block. Its sums and differences fit a core's nearest cache, and are long against
   * what a copy into it costs to begin.
   */
  private static final int LENGTH = 512;

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
  private final float[] base = new float[LENGTH];
  private final float[] difference = new float[LENGTH];
  private final float[] room = new float[LENGTH];
  private final float[] positive = new float[LENGTH];
  private final float[] negative = new float[LENGTH];
  private final double[] merged = new double[LENGTH];

  private SignedSums(MergeRule rule) {
    this.sums = new double[rule.sums().size()][LENGTH];
    this.precision = rule.sums().getFirst().precision();
  }

  static List<Sum> named(Precision precision, boolean votes) {
    List<Sum> sums = new ArrayList<>();
    NAMES.forEach(name -> sums.add(new Sum(name, precision)));
    if (votes) {
      sums.add(new Sum(VOTES, precision));
    }
    return List.copyOf(sums);
  }

  /** Makes a block of one checkpoint's differences sparse. */
  interface Sparse {
    /**
     * @param first index within the tensor of the block's first element
     * @param difference θ − base; what is dropped is set to zero
     * @param before room for what it was
     * @return whether the weight of what is dropped counts; then {@code before} was filled
     */
    boolean apply(long first, float[] difference, float[] before, int count);
  }

  /**
   * Adds a checkpoint's piece to the sums, and writes the teacher that they stand for if it is
   * wanted.
   *
   * @param rescale what differences that were not dropped are multiplied by in the end; before, it
   *     could only turn an even election
   */
  static void fold(MergeRule rule, FoldStep step, Sparse sparse, double rescale) {
    var sums = new SignedSums(rule);
    Piece piece = step.piece();
    for (long first = 0; first < piece.elements(); first += LENGTH) {
      int count = (int) Math.min(LENGTH, piece.elements() - first);
      Blocks.read(piece.read().base(), first, sums.base, count);
      sums.read(piece.read().sums(), first, count);
      sums.fold(step, sparse, rescale, first, count);
      sums.write(piece.written().sums(), first, count);
    }
  }

  /**
   * The same of several checkpoints from none on, block by block; a block's sums never leave the
   * nearest cache, and those of the pieces are not touched.
   *
   * @param sparse for each step
   */
  static void merge(MergeRule rule, List<FoldStep> steps, List<Sparse> sparse, double rescale) {
    var sums = new SignedSums(rule);
    Piece start = steps.getFirst().piece();
    for (long first = 0; first < start.elements(); first += LENGTH) {
      int count = (int) Math.min(LENGTH, start.elements() - first);
      Blocks.read(start.read().base(), first, sums.base, count);
      sums.clear();
      for (int place = 0; place < steps.size(); place++) {
        sums.fold(steps.get(place), sparse.get(place), rescale, first, count);
        sums.round(count);
      }
    }
  }

  private void fold(FoldStep step, Sparse sparse, double rescale, long first, int count) {
    Piece piece = step.piece();
    add(step.fold(), piece, sparse, first, count);
    if (piece.isTeacherWanted()) {
      readOut(rescale, count);
      Blocks.write(difference, piece.written().teacher(), first, count);
    }
  }

  private void clear() {
    for (double[] sum : sums) {
      Arrays.fill(sum, 0);
    }
  }

  private void read(List<MemorySegment> from, long first, int count) {
    for (int sum = 0; sum < sums.length; sum++) {
      Blocks.read(from.get(sum), precision, first, sums[sum], count, room);
    }
  }

  private void write(List<MemorySegment> into, long first, int count) {
    for (int sum = 0; sum < sums.length; sum++) {
      Blocks.write(sums[sum], into.get(sum), precision, first, count, room);
    }
  }

  /** As writing them and reading them again would. */
  private void round(int count) {
    if (precision == Precision.FLOAT32) {
      for (double[] sum : sums) {
        for (int index = 0; index < count; index++) {
          sum[index] = (float) sum[index];
        }
      }
    }
  }

  private void add(Fold fold, Piece piece, Sparse sparse, long first, int count) {
    Blocks.read(piece.read().newest(), first, difference, count);
    for (int index = 0; index < count; index++) {
      difference[index] -= base[index];
    }
    boolean isAllCounted = sparse.apply(piece.first() + first, difference, room, count);
    split(difference, count);
    add(sums[POSITIVE], fold.kept(), fold.added(), positive, count);
    add(sums[NEGATIVE], fold.kept(), fold.added(), negative, count);
    if (sums.length > VOTE) {
      for (int index = 0; index < count; index++) {
        sums[VOTE][index] += difference[index];
      }
    }
    if (isAllCounted) {
      split(room, count);
    }
    signsInPlace(positive, count);
    signsInPlace(negative, count);
    add(sums[POSITIVE_WEIGHT], fold.kept(), fold.added(), positive, count);
    add(sums[NEGATIVE_WEIGHT], fold.kept(), fold.added(), negative, count);
  }

  /** Each loop has one purpose and no branch, because such loops become vector instructions. */
  private void split(float[] values, int count) {
    for (int index = 0; index < count; index++) {
      positive[index] = Math.max(values[index], 0f);
    }
    for (int index = 0; index < count; index++) {
      negative[index] = positive[index] - values[index];
    }
  }

  private static void signsInPlace(float[] values, int count) {
    for (int index = 0; index < count; index++) {
      values[index] = Math.signum(values[index]);
    }
  }

  private static void add(double[] sum, double kept, double factor, float[] values, int count) {
    for (int index = 0; index < count; index++) {
      sum[index] = kept * sum[index] + factor * values[index];
    }
  }

  /**
   * Over {@link #difference}. Signs stand in for comparisons, as in the other loops: of the two
   * masses the one that was not elected is multiplied by 0, the other by 1.
   */
  private void readOut(double rescale, int count) {
    elect(count);
    mean(
        sums[POSITIVE],
        sums[POSITIVE_WEIGHT],
        sums[NEGATIVE],
        sums[NEGATIVE_WEIGHT],
        rescale,
        count);
    for (int index = 0; index < count; index++) {
      difference[index] = (float) (base[index] + merged[index]);
    }
  }

  /** The sign that was elected, over {@link #merged}. */
  private void elect(int count) {
    if (sums.length > VOTE) {
      signs(sums[VOTE], count);
    } else {
      double[] up = sums[POSITIVE];
      double[] down = sums[NEGATIVE];
      for (int index = 0; index < count; index++) {
        merged[index] = up[index] - down[index];
      }
      signs(merged, count);
    }
  }

  private void signs(double[] elected, int count) {
    for (int index = 0; index < count; index++) {
      merged[index] = Math.signum(elected[index]);
    }
  }

  /**
   * From signs. A weight that has faded below the smallest number takes its mass along; what it
   * would be divided by then is of no account, so long as it is no zero.
   */
  private void mean(
      double[] up,
      double[] upWeight,
      double[] down,
      double[] downWeight,
      double rescale,
      int count) {
    for (int index = 0; index < count; index++) {
      double sign = merged[index];
      double isUp = Math.max(sign, 0.0) * Math.signum(upWeight[index]);
      double isDown = Math.max(-sign, 0.0) * Math.signum(downWeight[index]);
      double mass = isUp * up[index] - isDown * down[index];
      double weight = isUp * upWeight[index] + isDown * downWeight[index];
      merged[index] = rescale * mass / Math.max(weight, Double.MIN_VALUE);
    }
  }
}
