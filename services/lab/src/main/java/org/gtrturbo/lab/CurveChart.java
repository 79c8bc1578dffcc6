package org.gtrturbo.lab;

import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Learning curves as a picture: success in percent over turns trained on. */
public final class CurveChart {
  private static final int BAND_OPACITY = 45;
  private static final float[] DASHES = {8, 6};

  private CurveChart() {}

  private enum Look {
    PLAIN,
    WITH_POINTS,
    DASHED,
    /** Explained by the line of the same colour that is named. */
    DASHED_UNNAMED;

    boolean isDashed() {
      return this == DASHED || this == DASHED_UNNAMED;
    }
  }

  private record Line(LearningCurve curve, Color colour, Look look) {}

  /**
   * The curves of one run: its batches smoothed, and whatever was evaluated; of greedy play without
   * its interval, because more than two bands hide each other.
   *
   * @throws ChartException if there are no fonts to draw with, or the file cannot be written
   */
  public static void write(Path png, String title, RunCurves run) {
    List<Line> lines = new ArrayList<>();
    lines.add(new Line(run.played(), ChartFile.COLOURS.get(0), Look.PLAIN));
    for (Evaluated evaluated : Evaluated.values()) {
      if (evaluated == Evaluated.POLICY_SAMPLED && run.isReplay()) {
        continue;
      }
      Color colour = ChartFile.COLOURS.get(evaluated.isTeacher() ? 2 : 1);
      run.evaluated(evaluated)
          .ifPresent(
              curve ->
                  lines.add(
                      new Line(
                          curve, colour, evaluated.isGreedy() ? Look.DASHED : Look.WITH_POINTS)));
    }
    ChartFile.write(png, () -> chart(title, lines));
  }

  /**
   * The curves of arms side by side: batches smoothed, a band where they are a mean over seeds, and
   * the policy played greedily, dashed; what an arm has no points of is left out.
   *
   * @throws ChartException if there are no fonts to draw with, or the file cannot be written
   */
  public static void write(Path png, String title, List<ArmCurves> arms) {
    List<Line> lines = new ArrayList<>();
    for (int arm = 0; arm < arms.size(); arm++) {
      LearningCurve played = arms.get(arm).played();
      lines.add(new Line(played, ChartFile.colour(arm), Look.PLAIN));
      lines.add(
          new Line(
              arms.get(arm).greedy(),
              ChartFile.colour(arm),
              played.points().isEmpty() ? Look.DASHED : Look.DASHED_UNNAMED));
    }
    ChartFile.write(png, () -> chart(title, lines));
  }

  /**
   * Curves as they are, with bands where their points have bounds.
   *
   * @throws ChartException if there are no fonts to draw with, or the file cannot be written
   */
  public static void writeCurves(Path png, String title, List<LearningCurve> curves) {
    List<Line> lines = new ArrayList<>();
    for (LearningCurve curve : curves) {
      lines.add(new Line(curve, ChartFile.colour(lines.size()), Look.WITH_POINTS));
    }
    ChartFile.write(png, () -> chart(title, lines));
  }

  private static XYChart chart(String title, List<Line> lines) {
    XYChart chart =
        new XYChartBuilder()
            .width(ChartFile.WIDTH)
            .height(ChartFile.HEIGHT)
            .title(title)
            .xAxisTitle("turns trained on")
            .yAxisTitle("successful episodes, %")
            .build();
    ChartFile.style(chart.getStyler());
    chart.getStyler().setXAxisDecimalPattern("#,##0");
    // Bands first: what comes later is drawn over them.
    lines.stream().filter(line -> !line.look().isDashed()).forEach(line -> addBand(chart, line));
    lines.stream().filter(line -> !line.curve().points().isEmpty()).forEach(l -> add(chart, l));
    return chart;
  }

  private static void add(XYChart chart, Line line) {
    List<CurvePoint> points = line.curve().points();
    XYSeries series =
        chart.addSeries(
            line.curve().name(),
            points.stream().mapToDouble(CurvePoint::turns).toArray(),
            points.stream().mapToDouble(point -> 100 * point.estimate().value()).toArray());
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
    series.setLineColor(line.colour());
    series.setLineStyle(
        new BasicStroke(
            line.look().isDashed() ? 1.8f : 2.8f,
            BasicStroke.CAP_ROUND,
            BasicStroke.JOIN_ROUND,
            1,
            line.look().isDashed() ? DASHES : null,
            0));
    series.setMarker(line.look() == Look.WITH_POINTS ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    series.setMarkerColor(line.colour());
    series.setShowInLegend(line.look() != Look.DASHED_UNNAMED);
  }

  /** Out along the upper bounds and back along the lower. */
  private static void addBand(XYChart chart, Line line) {
    List<Double> turns = new ArrayList<>();
    List<Double> bounds = new ArrayList<>();
    for (CurvePoint point : line.curve().points()) {
      point.estimate().bounds().ifPresent(b -> add(turns, bounds, point.turns(), b.upper()));
    }
    if (turns.size() < 2) {
      return;
    }
    for (CurvePoint point : line.curve().points().reversed()) {
      point.estimate().bounds().ifPresent(b -> add(turns, bounds, point.turns(), b.lower()));
    }
    XYSeries band = chart.addSeries(line.curve().name() + " band", turns, bounds);
    band.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.PolygonArea);
    band.setMarker(SeriesMarkers.NONE);
    band.setLineColor(new Color(0, 0, 0, 0));
    band.setFillColor(ChartFile.translucent(line.colour(), BAND_OPACITY));
    band.setShowInLegend(false);
  }

  private static void add(List<Double> turns, List<Double> bounds, long turn, double bound) {
    turns.add((double) turn);
    // A mean over few seeds has bounds beyond what a rate can be.
    bounds.add(100 * Math.clamp(bound, 0.0, 1.0));
  }
}
