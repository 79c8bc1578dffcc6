package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.gtrturbo.events.SampleEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Charts as files: their size, and that they show what they are given. */
class ChartsTest {
  private static final int POLICY_BLUE = 0x1F6FB4;
  private static final int SECOND_ARM_BLUE = POLICY_BLUE;
  private static final int ONE_RUN_GREY = 0x8A93A0;
  // Opacity 45 of 255 over white.
  private static final int BAND_BLUE = 0xD7E6F2;

  @TempDir Path folder;

  @Test
  void aRunsCurvesAreDrawn() throws IOException {
    Path png = folder.resolve("curve.png");

    CurveChart.write(png, "demo", curves());

    BufferedImage drawn = ImageIO.read(png.toFile());
    assertThat(drawn.getWidth()).isEqualTo(1200);
    assertThat(drawn.getHeight()).isEqualTo(700);
    assertThat(pixels(drawn, POLICY_BLUE)).isGreaterThan(500);
  }

  @Test
  void armsAreDrawn() throws IOException {
    Path png = folder.resolve("arms.png");

    ArmChart.write(
        png,
        ArmComparison.of(
            List.of(arm("none", 40, 50, 43), arm("guided", 52, 58, 56), arm("other", 30, 45, 39))));

    assertThat(pixels(ImageIO.read(png.toFile()), SECOND_ARM_BLUE)).isGreaterThan(300);
  }

  @Test
  void curvesOfArmsAreDrawnTogetherWithABandOverSeeds() throws IOException {
    Path png = folder.resolve("comparison.png");

    CurveChart.write(
        png,
        "three arms",
        List.of(
            new ArmCurves("one run", List.of(curves(3, 0.3))),
            new ArmCurves("seeds", List.of(curves(4, 0.5), curves(5, 0.55), curves(6, 0.45))),
            new ArmCurves("nothing yet", List.of(new RunCurves()))));

    BufferedImage drawn = ImageIO.read(png.toFile());
    assertThat(pixels(drawn, ONE_RUN_GREY)).isGreaterThan(500);
    assertThat(pixels(drawn, SECOND_ARM_BLUE)).isGreaterThan(500);
    assertThat(pixels(drawn, BAND_BLUE)).isGreaterThan(2_000);
  }

  @Test
  void aChartThatCannotBeWrittenSaysWhichOne() {
    assertThatThrownBy(() -> CurveChart.write(folder.resolve("no/such/c.png"), "demo", curves()))
        .isInstanceOf(ChartException.class)
        .hasMessageContaining("cannot write the chart")
        .hasMessageContaining("c.png");
  }

  private static Arm arm(String name, int first, int second, int third) {
    return new Arm(
        name,
        List.of(
            Summaries.standing(Summaries.run(name + "-1", 1, first)),
            Summaries.standing(Summaries.run(name + "-2", 2, second)),
            Summaries.standing(Summaries.run(name + "-3", 3, third))));
  }

  private static long pixels(BufferedImage image, int colour) {
    return java.util.Arrays.stream(
            image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
        .filter(pixel -> (pixel & 0xFFFFFF) == colour)
        .count();
  }

  private static RunCurves curves() {
    return curves(3, 0.5);
  }

  private static RunCurves curves(long seed, double rise) {
    var curves = new RunCurves();
    var random = new SplittableRandom(seed);
    for (long version = 0; version <= 120; version++) {
      curves.add(SampleEvents.checkpoint("demo", version, version * 512, Instant.EPOCH));
      double success = 0.1 + rise * (1 - Math.exp(-version / 40.0));
      curves.add(SampleEvents.batch("demo", version, success + 0.1 * (random.nextDouble() - 0.5)));
      if (version % 10 == 0) {
        for (Evaluated evaluated : Evaluated.values()) {
          double ahead = (evaluated.isGreedy() ? 0.08 : 0) + (evaluated.isTeacher() ? 0.04 : 0);
          long successes = Math.round(128 * (success + ahead + 0.02 * random.nextDouble()));
          var score = new Score(128, successes, 0, OptionalDouble.empty(), 1, 9);
          curves.add(evaluated.metric("demo", version, score, Instant.EPOCH));
        }
      }
    }
    return curves;
  }
}
