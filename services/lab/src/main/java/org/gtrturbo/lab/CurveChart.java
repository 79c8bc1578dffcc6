package org.gtrturbo.lab;

import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Learning curves as a picture: success in percent over turns trained on. */
public final class CurveChart {
  private static final int BATCHES_OF_AVERAGE = 20;
  private static final int BAND_OPACITY = 40;
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x9A, 0xA3, 0xAF),
          new Color(0x1F, 0x6F, 0xB4),
          new Color(0xD9, 0x6B, 0x0B),
          new Color(0x2E, 0x8B, 0x57),
          new Color(0x8A, 0x4F, 0xA8),
          new Color(0xB8, 0x32, 0x4A));

  private CurveChart() {}

  /**
   * The curves of one run: its batches smoothed, and whatever was evaluated.
   *
   * @throws ChartException if there are no fonts to draw with, or the file cannot be written
   */
  public static void write(Path png, String title, RunCurves run) {
    write(
        png,
        title,
        Stream.concat(
                Stream.of(run.batches().movingAverage(BATCHES_OF_AVERAGE)),
                Stream.of(Evaluated.values()).flatMap(e -> run.evaluated(e).stream()))
            .toList());
  }

  /**
   * Curves with bands where their points have bounds; a curve without a point is left out.
   *
   * @throws ChartException if there are no fonts to draw with, or the file cannot be written
   */
  public static void write(Path png, String title, List<LearningCurve> curves) {
    ChartFile.write(png, () -> chart(title, curves));
  }

  private static XYChart chart(String title, List<LearningCurve> curves) {
    XYChart chart =
        new XYChartBuilder()
            .width(ChartFile.WIDTH)
            .height(ChartFile.HEIGHT)
            .title(title)
            .xAxisTitle("turns trained on")
            .yAxisTitle("successful episodes, %")
            .build();
    ChartFile.style(chart.getStyler());
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    // Bands first: what comes later is drawn over them.
    for (int index = 0; index < curves.size(); index++) {
      addBand(chart, curves.get(index), COLOURS.get(index % COLOURS.size()));
    }
    for (int index = 0; index < curves.size(); index++) {
      addLine(chart, curves.get(index), COLOURS.get(index % COLOURS.size()));
    }
    return chart;
  }

  private static void addLine(XYChart chart, LearningCurve curve, Color colour) {
    if (curve.points().isEmpty()) {
      return;
    }
    XYSeries series =
        chart.addSeries(
            curve.name(),
            curve.points().stream().mapToDouble(CurvePoint::turns).toArray(),
            curve.points().stream()
                .mapToDouble(point -> percent(point.estimate().value()))
                .toArray());
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
    series.setLineColor(colour);
    series.setLineStyle(new BasicStroke(2.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    boolean measured = curve.points().stream().anyMatch(p -> p.estimate().bounds().isPresent());
    series.setMarker(measured ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setMarkerColor(colour);
  }

  /** Out along the upper bounds and back along the lower. */
  private static void addBand(XYChart chart, LearningCurve curve, Color colour) {
    List<Double> turns = new ArrayList<>();
    List<Double> bounds = new ArrayList<>();
    for (CurvePoint point : curve.points()) {
      point.estimate().bounds().ifPresent(b -> add(turns, bounds, point.turns(), b.upper()));
    }
    if (turns.size() < 2) {
      return;
    }
    for (CurvePoint point : curve.points().reversed()) {
      point.estimate().bounds().ifPresent(b -> add(turns, bounds, point.turns(), b.lower()));
    }
    XYSeries band = chart.addSeries(curve.name() + " band", turns, bounds);
    band.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.PolygonArea);
    band.setMarker(SeriesMarkers.NONE);
    band.setLineColor(new Color(0, 0, 0, 0));
    band.setFillColor(
        new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), BAND_OPACITY));
    band.setShowInLegend(false);
  }

  private static void add(List<Double> turns, List<Double> bounds, long turn, double bound) {
    turns.add((double) turn);
    bounds.add(percent(bound));
  }

  private static double percent(double fraction) {
    return 100 * fraction;
  }
}
