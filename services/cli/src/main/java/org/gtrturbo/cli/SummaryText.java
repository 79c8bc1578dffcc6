package org.gtrturbo.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.gtrturbo.lab.RunSummary;

/** What a run came to, in words. */
public final class SummaryText {
  private SummaryText() {}

  /** The lines to print at a run's end. */
  public static List<String> of(RunSummary summary) {
    var lines = new ArrayList<String>();
    lines.add(ending(summary));
    summary
        .run()
        .replay()
        .filter(replay -> replay.changed().isEmpty())
        .ifPresent(replay -> lines.add(hashes(replay, summary.progress().updates() + 1)));
    lines.add(time(summary.progress()));
    lines.add("");
    lines.addAll(results(summary.results()));
    if (!summary.files().isEmpty()) {
      lines.add("");
      lines.add("files");
      int widest = summary.files().keySet().stream().mapToInt(String::length).max().orElse(0);
      summary
          .files()
          .forEach((what, file) -> lines.add(("  %-" + widest + "s   %s").formatted(what, file)));
    }
    return lines;
  }

  private static String ending(RunSummary summary) {
    var run = summary.run();
    return String.format(
        Locale.ROOT,
        "run %s%s on %s with seed %d %s: %,d turns trained on in %,d updates",
        run.name(),
        run.replay().map(SummaryText::replay).orElse(""),
        run.environment(),
        run.seed(),
        switch (summary.ending()) {
          case COMPLETED -> "is complete";
          case STOPPED -> "was stopped";
        },
        summary.progress().turns(),
        summary.progress().updates());
  }

  private static String replay(RunSummary.Replay replay) {
    return ", a replay of "
        + replay.of()
        + (replay.changed().isEmpty()
            ? " with its settings,"
            : " with " + String.join(", ", replay.changed()) + ",");
  }

  private static String hashes(RunSummary.Replay replay, long versions) {
    return replay.sameVersions() == versions
        ? String.format(Locale.ROOT, "all %,d checkpoints have the recorded hashes", versions)
        : String.format(
            Locale.ROOT,
            "checkpoint %,d is the first of %,d whose hash is not the recorded one; kernels differ"
                + " between kinds of machines",
            replay.sameVersions(),
            versions);
  }

  private static String time(RunSummary.Progress progress) {
    return String.format(
        Locale.ROOT,
        "%s in all: warm start %s, training %s at %,.0f turns/s",
        clock(progress.seconds().wall()),
        clock(progress.seconds().warmStart()),
        clock(progress.seconds().training()),
        progress.turnsPerSecond());
  }

  private static List<String> results(RunSummary.Results results) {
    var lines = new ArrayList<String>();
    lines.add(
        "success, %% [95 %% interval]   %-28s %s".formatted("sampled", "greedy").stripTrailing());
    lines.add(row("warm start", results.warmStart().sampled(), results.warmStart().greedy()));
    lines.add(row("policy", results.policy().sampled(), results.policy().greedy()));
    results
        .teacher()
        .ifPresent(
            teacher -> {
              lines.add(row("teacher", teacher.sampled(), teacher.greedy()));
              lines.add("");
              lines.add(
                  "the teacher is version %d, %s of %d checkpoint%s"
                      .formatted(
                          teacher.version(),
                          teacher.rule(),
                          teacher.merged(),
                          teacher.merged() == 1 ? "" : "s"));
            });
    return lines;
  }

  private static String row(String title, RunSummary.Rate sampled, RunSummary.Rate greedy) {
    return "  %-24s   %-28s %s".formatted(title, rate(sampled), rate(greedy));
  }

  static String rate(RunSummary.Rate rate) {
    return String.format(
        Locale.ROOT,
        "%5.1f [%.1f, %.1f] of %,d",
        100 * rate.success(),
        100 * rate.low(),
        100 * rate.high(),
        rate.episodes());
  }

  private static String clock(double seconds) {
    return ClockTime.of(Duration.ofMillis((long) (seconds * 1000)));
  }
}
