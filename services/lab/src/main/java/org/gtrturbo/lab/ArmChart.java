package org.gtrturbo.lab;

import java.awt.Color;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/** An {@link ArmComparison} as a picture: per success rate one bar an arm, with its interval. */
public final class ArmChart {
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x9A, 0xA3, 0xAF),
          new Color(0x1F, 0x6F, 0xB4),
          new Color(0xD9, 0x6B, 0x0B),
          new Color(0x2E, 0x8B, 0x57),
          new Color(0x8A, 0x4F, 0xA8));

  private ArmChart() {}

  /**
   * @throws ChartException if there are no fonts to draw with, or the file cannot be written
   */
  public static void write(Path png, ArmComparison comparison) {
    ChartFile.write(png, () -> chart(comparison));
  }

  private static CategoryChart chart(ArmComparison comparison) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(ChartFile.WIDTH)
            .height(ChartFile.HEIGHT)
            .title(comparison.environment() + ": mean over seeds, 95 % interval")
            .xAxisTitle("")
            .yAxisTitle("successful episodes, %")
            .build();
    ChartFile.style(chart.getStyler());
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
    chart.getStyler().setAvailableSpaceFill(0.7);
    chart.getStyler().setSeriesColors(COLOURS.toArray(Color[]::new));
    List<Measure> measures =
        Stream.of(Measure.values())
            .filter(m -> comparison.arms().stream().anyMatch(arm -> arm.measured(m).isPresent()))
            .toList();
    for (ArmComparison.ComparedArm arm : comparison.arms()) {
      add(chart, arm, measures);
    }
    return chart;
  }

  private static void add(
      CategoryChart chart, ArmComparison.ComparedArm arm, List<Measure> measures) {
    List<Double> means = new ArrayList<>();
    List<Double> errors = new ArrayList<>();
    for (Measure measure : measures) {
      Optional<Estimate> mean = arm.measured(measure).map(ArmComparison.ComparedMeasure::mean);
      means.add(mean.map(estimate -> 100 * estimate.value()).orElse(0.0));
      errors.add(mean.flatMap(Estimate::bounds).map(b -> 50 * (b.upper() - b.lower())).orElse(0.0));
    }
    chart.addSeries(arm.name(), measures.stream().map(Measure::words).toList(), means, errors);
  }
}
