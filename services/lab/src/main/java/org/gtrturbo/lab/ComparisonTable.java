package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import org.gtrturbo.lab.ArmComparison.ComparedArm;
import org.gtrturbo.lab.ArmComparison.ComparedMeasure;

/**
 * An {@link ArmComparison} as aligned text; all numbers are percent, differences percent points.
 */
final class ComparisonTable {
  private static final String NOTHING = "    -";
  private static final String GAP = "   ";

  private final ArmComparison comparison;
  private final List<List<String>> rows = new ArrayList<>();

  ComparisonTable(ArmComparison comparison) {
    this.comparison = comparison;
  }

  List<String> lines() {
    rows.clear();
    header("success, mean over seeds [95 % interval]");
    for (Measure measure : Measure.values()) {
      row(measure.words(), arm -> arm.measured(measure).map(this::mean));
    }
    if (comparison.arms().size() > 1) {
      section("more than " + comparison.arms().getFirst().name() + ", paired by seed");
      for (Measure measure : Measure.values()) {
        row(measure.words(), arm -> arm.measured(measure).flatMap(this::difference));
      }
    }
    seeds(Measure.POLICY_SAMPLED);
    seeds(Measure.POLICY_GREEDY);
    var lines = new ArrayList<String>();
    lines.add("environment " + comparison.environment());
    lines.add("");
    lines.addAll(aligned());
    for (ComparedArm arm : comparison.arms()) {
      if (!arm.stoppedSeeds().isEmpty()) {
        lines.add("");
        lines.add(arm.name() + " was stopped early with seeds " + arm.stoppedSeeds());
      }
    }
    return lines;
  }

  private void header(String title) {
    var cells = new ArrayList<String>();
    cells.add(title);
    comparison.arms().forEach(arm -> cells.add(arm.name()));
    rows.add(cells);
  }

  private void section(String title) {
    rows.add(List.of());
    rows.add(List.of(title));
  }

  /** A row that no arm can fill is left out. */
  private void row(String title, Function<ComparedArm, Optional<String>> cell) {
    var filled = comparison.arms().stream().map(cell).toList();
    if (filled.stream().noneMatch(Optional::isPresent)) {
      return;
    }
    var cells = new ArrayList<String>();
    cells.add("  " + title);
    filled.forEach(text -> cells.add(text.orElse(NOTHING)));
    rows.add(cells);
  }

  private void seeds(Measure measure) {
    section(measure.words() + ", by seed");
    var seeds = new TreeSet<Long>();
    comparison
        .arms()
        .forEach(arm -> arm.measured(measure).ifPresent(m -> seeds.addAll(m.bySeed().keySet())));
    for (long seed : seeds) {
      row(
          "seed " + seed,
          arm ->
              arm.measured(measure)
                  .flatMap(m -> Optional.ofNullable(m.bySeed().get(seed)))
                  .map(ComparisonTable::percent));
    }
  }

  private String mean(ComparedMeasure measure) {
    return percent(measure.mean().value())
        + measure
            .mean()
            .bounds()
            .map(
                b ->
                    String.format(Locale.ROOT, " [%5.1f, %5.1f]", 100 * b.lower(), 100 * b.upper()))
            .orElse("");
  }

  private Optional<String> difference(ComparedMeasure measure) {
    return measure
        .overFirst()
        .map(
            paired ->
                String.format(Locale.ROOT, "%+5.1f", 100 * paired.mean().value())
                    + paired
                        .mean()
                        .bounds()
                        .map(
                            b ->
                                String.format(
                                    Locale.ROOT,
                                    " [%+5.1f, %+5.1f]",
                                    100 * b.lower(),
                                    100 * b.upper()))
                        .orElse("")
                    + " n="
                    + paired.pairs());
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%5.1f", 100 * fraction);
  }

  private List<String> aligned() {
    int columns = 1 + comparison.arms().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int column = 0; column < row.size(); column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    var lines = new ArrayList<String>();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String cell = row.get(column);
        line.append(column == 0 ? "" : GAP).append(cell);
        line.append(" ".repeat(widths[column] - cell.length()));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
