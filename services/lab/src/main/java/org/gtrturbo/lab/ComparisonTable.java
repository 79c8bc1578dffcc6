package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.gtrturbo.lab.ArmComparison.ComparedArm;
import org.gtrturbo.lab.ArmComparison.ComparedMeasure;
import org.gtrturbo.lab.ArmComparison.ComparedRun;

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
    whatRan();
    changes();
    section("success, % [95 % interval]");
    measures(arm -> measure -> arm.measured(measure).map(ComparisonTable::rate));
    if (comparison.arms().size() > 1) {
      section("more than " + comparison.arms().getFirst().name() + ", % points [95 % interval]");
      measures(arm -> measure -> arm.measured(measure).flatMap(ComparisonTable::difference));
    }
    if (comparison.arms().stream().anyMatch(arm -> arm.runs().size() > 1)) {
      seeds(Measure.POLICY_SAMPLED);
      seeds(Measure.POLICY_GREEDY);
    }
    notes();
    return aligned();
  }

  private void whatRan() {
    row("", arm -> Optional.of(arm.name()));
    row("environment", arm -> Optional.of(arm.environment()));
    row("seeds", arm -> Optional.of(joined(arm, run -> Long.toString(run.seed()))));
    row("state", arm -> Optional.of(states(arm)));
    row("turns trained on", arm -> Optional.of(range(arm, run -> run.reached().turns())));
    row("updates", arm -> Optional.of(range(arm, run -> run.reached().updates())));
  }

  private static String joined(ComparedArm arm, Function<ComparedRun, String> words) {
    return arm.runs().stream().map(words).collect(Collectors.joining(", "));
  }

  private static String states(ComparedArm arm) {
    Map<RunState, String> seeds = new EnumMap<>(RunState.class);
    arm.runs().forEach(run -> seeds.merge(run.state(), "" + run.seed(), (a, b) -> a + ", " + b));
    if (seeds.size() == 1) {
      return seeds.keySet().iterator().next().words();
    }
    return seeds.entrySet().stream()
        .map(state -> state.getKey().words() + " " + state.getValue())
        .collect(Collectors.joining("; "));
  }

  private static String range(ComparedArm arm, ToLongFunction<ComparedRun> number) {
    var numbers = arm.runs().stream().mapToLong(number).summaryStatistics();
    return numbers.getMin() == numbers.getMax()
        ? String.format(Locale.ROOT, "%,d", numbers.getMin())
        : String.format(Locale.ROOT, "%,d to %,d", numbers.getMin(), numbers.getMax());
  }

  private void changes() {
    List<ComparedArm> others = comparison.arms().subList(1, comparison.arms().size());
    if (others.isEmpty()) {
      return;
    }
    section("settings, where they differ from " + comparison.arms().getFirst().name());
    int widest = others.stream().mapToInt(arm -> arm.name().length()).max().orElseThrow();
    for (ComparedArm arm : others) {
      String name = arm.name();
      for (String change : arm.changes().isEmpty() ? List.of("none") : arm.changes()) {
        rows.add(List.of(("  %-" + widest + "s" + GAP + "%s").formatted(name, change)));
        name = "";
      }
    }
  }

  private void section(String title) {
    rows.add(List.of());
    rows.add(List.of(title));
  }

  private void measures(Function<ComparedArm, Function<Measure, Optional<String>>> cell) {
    for (Measure measure : Measure.values()) {
      row("  " + measure.words(), arm -> cell.apply(arm).apply(measure));
    }
  }

  /** A row that no arm can fill is left out. */
  private void row(String title, Function<ComparedArm, Optional<String>> cell) {
    var filled = comparison.arms().stream().map(cell).toList();
    if (filled.stream().noneMatch(Optional::isPresent)) {
      return;
    }
    var cells = new ArrayList<String>();
    cells.add(title);
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
          "  seed " + seed,
          arm ->
              arm.measured(measure)
                  .flatMap(m -> Optional.ofNullable(m.bySeed().get(seed)))
                  .map(ComparisonTable::percent));
    }
  }

  private static String rate(ComparedMeasure measure) {
    return percent(measure.estimate().value()) + bounds(measure.estimate(), " [%5.1f, %5.1f]");
  }

  private static Optional<String> difference(ComparedMeasure measure) {
    return measure
        .overFirst()
        .map(
            difference ->
                String.format(Locale.ROOT, "%+5.1f", 100 * difference.estimate().value())
                    + bounds(difference.estimate(), " [%+5.1f, %+5.1f]")
                    + switch (difference) {
                      case Difference.OfTwoRuns _ -> "";
                      case Difference.PairedBySeed paired -> " n=" + paired.pairs();
                    });
  }

  private static String bounds(Estimate estimate, String format) {
    return estimate
        .bounds()
        .map(b -> String.format(Locale.ROOT, format, 100 * b.lower(), 100 * b.upper()))
        .orElse("");
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%5.1f", 100 * fraction);
  }

  /** What the intervals are, where there are any. */
  private void notes() {
    List<ComparedMeasure> measures =
        comparison.arms().stream().flatMap(arm -> arm.measures().stream()).toList();
    List<Difference> differences =
        measures.stream().flatMap(measure -> measure.overFirst().stream()).toList();
    var notes = new ArrayList<String>();
    if (measures.stream().anyMatch(measure -> measure.bySeed().size() == 1)) {
      notes.add("of one run: Wilson's interval, of the episodes played");
    }
    if (differences.stream().anyMatch(Difference.OfTwoRuns.class::isInstance)) {
      notes.add("between two runs: Newcombe's interval, of the episodes played");
    }
    if (!notes.isEmpty()) {
      notes.add("such an interval says nothing of how another seed would have done");
    }
    if (measures.stream().anyMatch(measure -> measure.bySeed().size() > 1)) {
      notes.add("of several seeds: their mean with Student's t-interval");
    }
    if (differences.stream().anyMatch(Difference.PairedBySeed.class::isInstance)) {
      notes.add("n: paired by so many seeds, with Student's t-interval");
    }
    if (comparison.arms().stream().map(ComparedArm::environment).distinct().count() > 1) {
      notes.add("runs on different environments have no difference");
    }
    if (!notes.isEmpty()) {
      rows.add(List.of());
      notes.forEach(note -> rows.add(List.of(note)));
    }
  }

  /** Rows of one cell are text and widen no column. */
  private List<String> aligned() {
    int[] widths = new int[1 + comparison.arms().size()];
    for (List<String> row : rows) {
      for (int column = 0; row.size() > 1 && column < row.size(); column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    var lines = new ArrayList<String>();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String cell = row.get(column);
        line.append(column == 0 ? "" : GAP).append(cell);
        line.append(" ".repeat(Math.max(0, widths[column] - cell.length())));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
