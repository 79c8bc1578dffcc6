package org.gtrturbo.lab;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;

/** What all charts share: their look, and how they become files. */
final class ChartFile {
  static final int WIDTH = 1200;
  static final int HEIGHT = 700;
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
      throw new ChartException(
          "the chart "
              + png
              + " was not drawn: the Java runtime finds no fonts ("
              + e
              + "); install the Debian packages fontconfig and fonts-dejavu-core",
          e);
    }
  }

  static void style(AxesChartStyler styler) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setChartFontColor(TEXT);
    styler.setChartTitleFont(new Font(FONT, Font.BOLD, 22));
    styler.setChartTitleBoxVisible(false);
    styler.setChartPadding(20);
    styler.setLegendFont(new Font(FONT, Font.PLAIN, 16));
    styler.setLegendBorderColor(Color.WHITE);
    styler.setLegendBackgroundColor(Color.WHITE);
    styler.setAxisTitleFont(new Font(FONT, Font.PLAIN, 18));
    styler.setAxisTickLabelsFont(new Font(FONT, Font.PLAIN, 16));
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
