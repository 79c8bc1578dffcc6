package org.gtrturbo.environments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Noise has the deviation that was asked for, stays in range and follows its generator. */
class PixelNoiseTest {

  @Test
  void hasMeanZeroAndTheDeviationAskedFor() {
    var pixels = noisy(120, 0.1, 1, 200_000);
    var differences = IntStream.range(0, pixels.length).map(i -> (pixels[i] & 0xff) - 120);
    double[] moments = new double[4];
    differences.forEach(
        d -> {
          double z = d / 25.5;
          moments[0] += z;
          moments[1] += z * z;
          moments[2] += z * z * z;
          moments[3] += z * z * z * z;
        });
    assertThat(moments[0] / pixels.length).isCloseTo(0, within(0.02));
    assertThat(moments[1] / pixels.length).isCloseTo(1, within(0.02));
    assertThat(moments[2] / pixels.length).as("symmetric").isCloseTo(0, within(0.06));
    assertThat(moments[3] / pixels.length).as("normal, not flat").isCloseTo(3, within(0.12));
  }

  @Test
  void isClippedAndDoesNotWrapAround() {
    assertThat(share(noisy(0, 0.15, 2, 20_000), 0)).isBetween(0.48, 0.54);
    assertThat(share(noisy(255, 0.15, 2, 20_000), 255)).isBetween(0.48, 0.54);
    assertThat(noisy(255, 0.15, 2, 20_000)).doesNotContain(0);
  }

  @Test
  void ofDeviationZeroLeavesPixelsAndGeneratorAlone() {
    var random = new SplittableRandom(3);
    byte[] pixels = {1, 2, 3};
    new PixelNoise(0).addInPlace(pixels, random);
    assertThat(pixels).containsExactly(1, 2, 3);
    assertThat(random.nextLong()).isEqualTo(new SplittableRandom(3).nextLong());
  }

  @Test
  void isTheSameForTheSameSeedAndOtherForAnother() {
    assertThat(noisy(100, 0.15, 4, 500)).isEqualTo(noisy(100, 0.15, 4, 500));
    assertThat(noisy(100, 0.15, 4, 500)).isNotEqualTo(noisy(100, 0.15, 5, 500));
  }

  @Test
  void neighboursAreIndependent() {
    var pixels = noisy(120, 0.1, 6, 100_000);
    double product =
        IntStream.range(1, pixels.length)
            .mapToDouble(i -> ((pixels[i] & 0xff) - 120) * ((pixels[i - 1] & 0xff) - 120) / 650.25)
            .average()
            .orElseThrow();
    assertThat(product).isCloseTo(0, within(0.02));
  }

  private static byte[] noisy(int grey, double deviation, long seed, int length) {
    byte[] pixels = new byte[length];
    Arrays.fill(pixels, (byte) grey);
    new PixelNoise(deviation).addInPlace(pixels, new SplittableRandom(seed));
    return pixels;
  }

  private static double share(byte[] pixels, int grey) {
    return (double)
            IntStream.range(0, pixels.length).filter(i -> (pixels[i] & 0xff) == grey).count()
        / pixels.length;
  }
}
