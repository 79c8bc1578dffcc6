package org.gtrturbo.merging;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The k-th largest magnitude of a vector that is read in runs: exact, without sorting.
 *
 * <p>A magnitude's bits, read as an integer, are ordered as the magnitudes are. A sample says
 * between which two the k-th should be; one pass counts those above, holds those between, and finds
 * the k-th among them. Where the sample misleads, or too many lie between, passes that only count
 * make the range narrower until they do not. What the sample says is never part of the result, so
 * that depends neither on it nor on the number of threads.
 */
final class MagnitudeSelection {
  /** A vector of up to so many is held whole. */
  static final int FEW = 1 << 16;

  /** Behind this even the few that a sample leaves are many; such a vector is counted first. */
  private static final long MANY = 1L << 26;

  /** Magnitudes that are held where counting has said how many there are. */
  private static final int HELD = 1 << 20;

  /** Of a vector's elements, how many may be held if there are more than expected. */
  private static final int SHARE_HELD = 16;

  private static final int RUN = 1 << 18;

  private MagnitudeSelection() {}

  /** Differences of two vectors of the same length, which are not held anywhere. */
  record Differences(WeightVector newest, WeightVector base) {
    Differences {
      if (newest.elements() != base.elements()) {
        throw new IllegalArgumentException(
            "a checkpoint and its base must have one length, got "
                + newest.elements()
                + " and "
                + base.elements());
      }
    }
  }

  /** How many differences a density keeps: {@code max(1, ⌊elements · density⌋)}. */
  static long kept(long elements, double density) {
    return Math.max(1, (long) (elements * density));
  }

  /**
   * The k-th largest |newest − base| of all the vectors together, the difference rounded to
   * float32.
   *
   * @param rank k, from 1 to the number of elements
   * @throws IllegalArgumentException if a difference is no finite number
   */
  static float largest(List<Differences> vectors, long rank) {
    long elements = vectors.stream().mapToLong(vector -> vector.newest().elements()).sum();
    if (rank < 1 || rank > elements) {
      throw new IllegalArgumentException(
          "the rank must be from 1 to " + elements + ", got " + rank);
    }
    if (elements > FEW && elements <= MANY) {
      return largestWithin(
          vectors, new MagnitudeSample(vectors, elements).around(rank), elements, rank);
    }
    return narrowed(vectors, new Wanted(MagnitudeRange.ALL, rank, elements));
  }

  /**
   * The same from a guess.
   *
   * @param guess where it should be; where it is not, only time is lost
   */
  static float largestWithin(
      List<Differences> vectors, MagnitudeRange guess, long elements, long rank) {
    Gathered found = gathered(vectors, guess, Math.max(FEW, elements / SHARE_HELD));
    if (rank <= found.above() || rank > found.above() + found.inside()) {
      return narrowed(vectors, new Wanted(MagnitudeRange.ALL, rank, elements));
    }
    long below = rank - found.above();
    return found.isComplete()
        ? Float.intBitsToFloat(guess.largest(found.members(), below))
        : narrowed(vectors, new Wanted(guess, below, found.inside()));
  }

  /**
   * @param rank of the magnitude among those in the range
   * @param inside how many there are
   */
  private record Wanted(MagnitudeRange range, long rank, long inside) {}

  private static float narrowed(List<Differences> vectors, Wanted start) {
    Wanted wanted = start;
    while (!wanted.range().isOne()) {
      if (wanted.inside() <= HELD) {
        Gathered found = gathered(vectors, wanted.range(), HELD);
        return Float.intBitsToFloat(wanted.range().largest(found.members(), wanted.rank()));
      }
      MagnitudeCounts counts = counted(vectors, wanted.range());
      MagnitudeCounts.Place place = counts.place(wanted.rank());
      wanted = new Wanted(place.range(), place.rank(), place.inside());
    }
    return Float.intBitsToFloat(wanted.range().low());
  }

  private static MagnitudeCounts counted(List<Differences> vectors, MagnitudeRange range) {
    var counts = new MagnitudeCounts(range, MagnitudeCounts.BITS_OF_MANY);
    for (Differences vector : vectors) {
      Runs.of(vector.newest().elements(), 4 * RUN)
          .map(
              run -> {
                var ofRun = new MagnitudeCounts(range, MagnitudeCounts.BITS_OF_MANY);
                eachBlock(vector, run, (magnitudes, count) -> ofRun.add(magnitudes, count));
                return ofRun;
              })
          .each()
          .forEach(counts::add);
    }
    return counts;
  }

  private static Gathered gathered(List<Differences> vectors, MagnitudeRange range, long most) {
    var room = new AtomicLong(most);
    Gathered all = Gathered.NONE;
    for (Differences vector : vectors) {
      all =
          Runs.of(vector.newest().elements(), RUN)
              .map(
                  run -> {
                    var gathering = new MagnitudeGathering(range, room);
                    eachBlock(vector, run, gathering::add);
                    return gathering.gathered();
                  })
              .reduce(all, Gathered::plus);
    }
    return all;
  }

  /** What is done with a block of magnitudes. */
  private interface Block {
    void take(int[] magnitudes, int count);
  }

  private static void eachBlock(Differences vector, Runs.Run run, Block block) {
    try (Arena arena = Arena.ofConfined()) {
      var newest = new BlockReader(vector.newest(), run.end(), arena);
      var base = new BlockReader(vector.base(), run.end(), arena);
      var magnitudes = new Magnitudes();
      for (long at = run.first(); at < run.end(); at += Magnitudes.LENGTH) {
        int count = (int) Math.min(Magnitudes.LENGTH, run.end() - at);
        block.take(magnitudes.read(newest, base, at, count), count);
      }
    }
  }
}
