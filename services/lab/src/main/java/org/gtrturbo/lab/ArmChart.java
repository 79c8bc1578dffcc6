package org.gtrturbo.lab;

import java.awt.BasicStroke;
import java.awt.Color;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * An {@link ArmComparison} as a picture: per success rate and arm a dot for each seed, a bar at
 * their mean and a line along its interval.
 */
public final class ArmChart {
  // In pixels, and less than there is, so that a tick stands at every success rate.
  private static final int ROOM_FOR_MEASURES = 1000;

  // Parts of the distance between two success rates.
  private static final double ARMS_WIDTH = 0.6;
  private static final double MEAN_WIDTH = 0.07;
  private static final int DOT_OPACITY = 130;

  private final ArmComparison comparison;
  private final List<Measure> measures;
  private final XYChart chart;

  private ArmChart(ArmComparison comparison) {
    this.comparison = comparison;
    this.measures =
        Stream.of(Measure.values())
            .filter(m -> comparison.arms().stream().anyMatch(arm -> arm.measured(m).isPresent()))
            .toList();
    this.chart =
        new XYChartBuilder()
            .width(ChartFile.WIDTH)
            .height(ChartFile.HEIGHT)
            .title(comparison.environments() + ": each seed, mean and 95 % interval")
            .xAxisTitle("")
            .yAxisTitle("successful episodes, %")
            .build();
  }

  /**
   * @throws ChartException if there are no fonts to draw with, or the file cannot be written
   */
  public static void write(Path png, ArmComparison comparison) {
    ChartFile.write(png, () -> new ArmChart(comparison).drawn());
  }

  private XYChart drawn() {
    ChartFile.style(chart.getStyler());
    chart.getStyler().setMarkerSize(10);
    chart.getStyler().setAxisTickLabelsFont(ChartFile.font(14));
    chart.getStyler().setXAxisMin(-0.5);
    chart.getStyler().setXAxisMax(measures.size() - 0.5);
    chart.getStyler().setXAxisTickMarkSpacingHint(ROOM_FOR_MEASURES / measures.size());
    chart.getStyler().setxAxisTickLabelsFormattingFunction(this::label);
    for (int arm = 0; arm < comparison.arms().size(); arm++) {
      add(comparison.arms().get(arm), place(arm), ChartFile.colour(arm));
    }
    return chart;
  }

  /** Where an arm stands beside the middle of a success rate. */
  private double place(int arm) {
    return ARMS_WIDTH * ((arm + 0.5) / comparison.arms().size() - 0.5);
  }

  /**
   * Ticks beside the picture get labels too, which nobody sees but which must differ: two equal
   * labels make the axis look for other ticks, and a blank one leaves no room for the rest.
   */
  private String label(double place) {
    long measure = Math.round(place);
    boolean isMiddle = Math.abs(place - measure) < 1e-6;
    return isMiddle && measure >= 0 && measure < measures.size()
        ? measures.get((int) measure).words()
        : Double.toString(place);
  }

  private void add(ArmComparison.ComparedArm arm, double place, Color colour) {
    boolean isInLegend = true;
    for (int number = 0; number < measures.size(); number++) {
      var measured = arm.measured(measures.get(number));
      if (measured.isEmpty()) {
        continue;
      }
      double x = number + place;
      String name = isInLegend ? arm.name() : arm.name() + " " + number;
      addSeeds(name, x, List.copyOf(measured.get().bySeed().values()), colour)
          .setShowInLegend(isInLegend);
      isInLegend = false;
      Estimate mean = measured.get().estimate();
      double percent = 100 * mean.value();
      addLine(name + " mean", x - MEAN_WIDTH, percent, x + MEAN_WIDTH, percent, colour, 4);
      mean.bounds()
          .ifPresent(
              bounds ->
                  addLine(
                      name + " interval",
                      x,
                      100 * Math.max(0, bounds.lower()),
                      x,
                      100 * Math.min(1, bounds.upper()),
                      colour,
                      1.5f));
    }
  }

  private XYSeries addSeeds(String name, double x, List<Double> rates, Color colour) {
    XYSeries seeds =
        chart.addSeries(
            name,
            Collections.nCopies(rates.size(), x),
            rates.stream().map(rate -> 100 * rate).toList());
    seeds.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    seeds.setMarker(SeriesMarkers.CIRCLE);
    seeds.setMarkerColor(ChartFile.translucent(colour, DOT_OPACITY));
    return seeds;
  }

  private void addLine(
      String name, double x1, double y1, double x2, double y2, Color colour, float width) {
    XYSeries line = chart.addSeries(name, new double[] {x1, x2}, new double[] {y1, y2});
    line.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
    line.setMarker(SeriesMarkers.NONE);
    line.setLineColor(colour);
    line.setLineStyle(new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER));
    line.setShowInLegend(false);
  }
}
