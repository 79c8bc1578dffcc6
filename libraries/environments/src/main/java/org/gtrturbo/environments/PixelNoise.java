package org.gtrturbo.environments;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Gaussian noise on pixels, rounded and clipped to [0, 255].
 *
 * <p>The deviates come from a fixed table of 65 536 standard normal numbers: every run of 64 pixels
 * takes neighbours from a place that is drawn at random. A draw for each pixel would cost ten times
 * as much, and the table is the same on every machine, because it is computed by {@link
 * StrictMath}.
 */
public final class PixelNoise {

  private static final int TABLE_SIZE = 1 << 16;
  private static final int RUN = 64;
  private static final float[] NORMAL = normalDeviates();

  private final float deviation;

  /**
   * @param deviation standard deviation as a part of the range from black to white, in [0, 1]; 0
   *     leaves pixels as they are
   * @throws IllegalArgumentException if the deviation is out of range
   */
  public PixelNoise(double deviation) {
    if (!(deviation >= 0 && deviation <= 1)) {
      throw new IllegalArgumentException("image noise must be in [0, 1], got " + deviation);
    }
    this.deviation = (float) (deviation * 255);
  }

  /**
   * Adds noise to every element.
   *
   * @param pixels uint8, of any shape
   */
  public void addInPlace(byte[] pixels, RandomGenerator random) {
    if (deviation == 0) {
      return;
    }
    for (int from = 0; from < pixels.length; from += RUN) {
      int to = Math.min(from + RUN, pixels.length);
      int place = random.nextInt() >>> 16;
      for (int i = from; i < to; i++) {
        int value =
            (int) ((pixels[i] & 0xff) + deviation * NORMAL[place++ & (TABLE_SIZE - 1)] + 0.5f);
        pixels[i] = (byte) Math.clamp(value, 0, 255);
      }
    }
  }

  /** By the transform of Box and Muller. */
  private static float[] normalDeviates() {
    var random = new SplittableRandom(0x6e6f697365L);
    var deviates = new float[TABLE_SIZE];
    for (int i = 0; i < TABLE_SIZE; i += 2) {
      double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
      double angle = 2 * Math.PI * random.nextDouble();
      deviates[i] = (float) (radius * StrictMath.cos(angle));
      deviates[i + 1] = (float) (radius * StrictMath.sin(angle));
    }
    return deviates;
  }
}
