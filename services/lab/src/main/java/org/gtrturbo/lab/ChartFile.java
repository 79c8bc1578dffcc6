package org.gtrturbo.lab;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;

/** What all charts share: their look, and how they become files. */
final class ChartFile {
  static final int WIDTH = 1200;
  static final int HEIGHT = 700;
  static final List<Color> COLOURS =
      List.of(
          new Color(0x8A, 0x93, 0xA0),
          new Color(0x1F, 0x6F, 0xB4),
          new Color(0xD9, 0x6B, 0x0B),
          new Color(0x2E, 0x8B, 0x57),
          new Color(0x8A, 0x4F, 0xA8),
          new Color(0xB8, 0x32, 0x4A));
  private static final String FONT = Font.SANS_SERIF;
  private static final Color TEXT = new Color(0x33, 0x3A, 0x45);
  private static final Color GRID = new Color(0xE3, 0xE6, 0xEA);

  private ChartFile() {}

  /**
   * Draws and writes a chart as PNG, over a file that is there.
   *
   * @throws ChartException if there are no fonts to draw with, or the file cannot be written
   */
  static void write(Path png, Supplier<? extends Chart<?, ?>> drawing) {
    // Without a screen the toolkit must not look for one.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
    try {
      BitmapEncoder.saveBitmap(
          drawing.get(), png.toAbsolutePath().toString(), BitmapEncoder.BitmapFormat.PNG);
    } catch (IOException e) {
      throw new ChartException("cannot write the chart " + png, e);
    } catch (LinkageError | InternalError | RuntimeException e) {
      throw new ChartException("the chart " + png + " was not drawn: " + e + remedy(e), e);
    }
  }

  /** A Java runtime without fonts fails in many ways, all of them in its native parts. */
  private static String remedy(Throwable failure) {
    boolean isAboutFonts =
        failure instanceof Error
            || String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains("font");
    return isAboutFonts
        ? "; the Java runtime finds no fonts: install the Debian packages fontconfig and"
            + " fonts-dejavu-core"
        : "";
  }

  static Font font(int points) {
    return new Font(FONT, Font.PLAIN, points);
  }

  /** Of the thing with that number; they begin again when they are through. */
  static Color colour(int number) {
    return COLOURS.get(number % COLOURS.size());
  }

  /**
   * @param opacity from 0 to 255
   */
  static Color translucent(Color colour, int opacity) {
    return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), opacity);
  }

  static void style(AxesChartStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setChartFontColor(TEXT);
    styler.setChartTitleFont(new Font(FONT, Font.BOLD, 22));
    styler.setChartTitleBoxVisible(false);
    styler.setChartPadding(20);
    styler.setLegendPosition(Styler.LegendPosition.OutsideS);
    styler.setLegendLayout(Styler.LegendLayout.Horizontal);
    styler.setLegendFont(font(16));
    styler.setLegendBorderColor(Color.WHITE);
    styler.setLegendBackgroundColor(Color.WHITE);
    styler.setAxisTitleFont(font(18));
    styler.setAxisTickLabelsFont(font(16));
    styler.setAxisTickLabelsColor(TEXT);
    styler.setAxisTickMarksColor(GRID);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setYAxisMin(0.0);
    styler.setYAxisMax(100.0);
    styler.setYAxisDecimalPattern("0");
  }
}
