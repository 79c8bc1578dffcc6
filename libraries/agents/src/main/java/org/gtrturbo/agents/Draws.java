package org.gtrturbo.agents;

import java.util.SplittableRandom;

/**
 * Random numbers that depend on what they are for alone: the same run, purpose and place give the
 * same numbers, whichever thread or process asks, and in whatever order.
 */
public record Draws(long runSeed, Purpose purpose) {

  /** What the numbers decide; a purpose's numbers have nothing to do with another's. */
  public enum Purpose {
    EPISODE_SEED,
    TOKENS,
    EVALUATION_SEED,
    EVALUATION_TOKENS,
    WEIGHTS,
    DEMONSTRATIONS,
    WARM_START_MINIBATCHES,
    MINIBATCHES,
    TEACHER_THOUGHTS,
    LESSONS
  }

  /** The generator of one place in a numbering of up to two levels. */
  public SplittableRandom at(long place, long within) {
    return new SplittableRandom(seedAt(place, within));
  }

  /** Writes {@code count} numbers in [0, 1) of one place into {@code numbers}. */
  void uniformsInto(float[] numbers, int from, int count, long place, long within) {
    SplittableRandom random = at(place, within);
    for (int index = from; index < from + count; index++) {
      numbers[index] = (random.nextInt() >>> 8) * 0x1p-24f;
    }
  }

  /** A seed for one place. */
  public long seedAt(long place, long within) {
    long seed = mix(runSeed ^ 0x6a09e667f3bcc909L);
    seed = mix(seed ^ (purpose.name().hashCode() * 0x9e3779b97f4a7c15L));
    seed = mix(seed ^ (place * 0xbf58476d1ce4e5b9L + 1));
    return mix(seed ^ (within * 0x94d049bb133111ebL + 2));
  }

  // The finaliser of MurmurHash3's 64-bit variant with Stafford's constants (mix 13).
  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
