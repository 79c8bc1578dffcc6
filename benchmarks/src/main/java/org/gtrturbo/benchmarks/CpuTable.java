package org.gtrturbo.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** A CPU profile as lines of text, and the share of it that carrying the data takes. */
record CpuTable(CpuProfile.Seconds seconds) {
  private record Row(String label, double seconds) {}

  List<String> lines() {
    List<Row> rows = new ArrayList<>();
    for (Activity activity : Activity.values()) {
      rows.add(new Row(activity.label(), of(activity)));
    }
    rows.add(new Row("Java, stack not known", seconds.unknown()));
    seconds.machine().forEach((work, used) -> rows.add(new Row(work.label(), used)));
    rows.add(new Row("ONNX Runtime's own threads, and what is left", seconds.rest()));
    rows.sort(Comparator.comparingDouble(Row::seconds).reversed());
    rows.add(new Row("the process", seconds.process()));
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(Locale.ROOT, "%-46s %9s %7s", "CPU time of the training part", "s", "%"));
    for (Row row : rows) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%-46s %9.2f %7.2f",
              row.label(),
              row.seconds(),
              percent(row.seconds())));
    }
    return lines;
  }

  /** Of Kafka and blobs together, in percent of all CPU time. */
  double carrying() {
    return percent(of(Activity.KAFKA) + of(Activity.BLOBS));
  }

  /** As {@link #carrying}, had every stack that is not known been theirs. */
  double carryingAtMost() {
    return percent(of(Activity.KAFKA) + of(Activity.BLOBS) + seconds.unknown());
  }

  private double of(Activity activity) {
    return seconds.java().getOrDefault(activity, 0.0);
  }

  private double percent(double part) {
    return 100 * part / seconds.process();
  }
}
