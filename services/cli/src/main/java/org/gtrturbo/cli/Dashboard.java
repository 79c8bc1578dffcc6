package org.gtrturbo.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.StringJoiner;
import org.gtrturbo.lab.Evaluated;

/** The live view's text: a block of lines for a terminal, or one line for a log. */
final class Dashboard {
  private static final int LABEL = 12;
  private static final int MOST_WIDTH = 110;
  private static final String GAP = "   ";
  private static final String UNKNOWN = "-";

  private final Glyphs glyphs;

  Dashboard(Glyphs glyphs) {
    this.glyphs = glyphs;
  }

  /** Lines of at most {@code width} characters; always the same number of them. */
  List<String> render(ViewState state, int width) {
    int usable = Math.min(width, MOST_WIDTH);
    var lines = new ArrayList<String>();
    lines.add(title(state, usable));
    lines.add(phase(state.phase(), usable));
    lines.add(success(state.success(), usable));
    lines.add(evaluated("policy", state, Evaluated.POLICY_SAMPLED, Evaluated.POLICY_GREEDY));
    lines.add(evaluated("teacher", state, Evaluated.TEACHER_SAMPLED, Evaluated.TEACHER_GREEDY));
    lines.add(versions(state.training()));
    lines.add(entropy(state.training().entropy()));
    lines.add(pace(state.training()));
    return lines.stream().map(line -> cut(line, width)).toList();
  }

  /** Everything that matters in one line. */
  String line(ViewState state) {
    var parts = new StringJoiner(GAP);
    parts.add(ClockTime.of(state.elapsed()));
    parts.add(name(state.phase()) + " " + progress(state.phase()));
    state.success().average().ifPresent(rate -> parts.add("success " + percent(rate)));
    for (Evaluated each : List.of(Evaluated.POLICY_SAMPLED, Evaluated.TEACHER_SAMPLED)) {
      Optional.ofNullable(state.success().evaluated().get(each))
          .ifPresent(
              at ->
                  parts.add(
                      (each.isTeacher() ? "teacher " : "policy ") + percent(at.success().value())));
    }
    state.training().turnsPerSecond().ifPresent(rate -> parts.add(number("%,.0f turns/s", rate)));
    return parts.toString();
  }

  private String title(ViewState state, int width) {
    String left =
        "GTR-Turbo Streams" + glyphs.dot() + state.run() + glyphs.dot() + state.environment();
    String right = "elapsed " + ClockTime.of(state.elapsed());
    int gap = Math.max(1, width - left.length() - right.length());
    return left + " ".repeat(gap) + right;
  }

  private String phase(ViewState.Phase phase, int width) {
    String progress = progress(phase);
    int room = width - LABEL - GAP.length() - progress.length();
    String bar = room < 10 ? "" : glyphs.bar(fraction(phase), Math.min(room, 40)) + GAP;
    return label(name(phase)) + bar + progress;
  }

  private static String name(ViewState.Phase phase) {
    return switch (phase) {
      case ViewState.Phase.Starting _ -> "starting";
      case ViewState.Phase.WarmStart _ -> "warm start";
      case ViewState.Phase.Training _ -> "training";
    };
  }

  private static double fraction(ViewState.Phase phase) {
    return switch (phase) {
      case ViewState.Phase.Starting _ -> 0;
      case ViewState.Phase.WarmStart at -> (double) at.step() / Math.max(1, at.steps());
      case ViewState.Phase.Training at -> (double) at.turns() / Math.max(1, at.ofTurns());
    };
  }

  private static String progress(ViewState.Phase phase) {
    String share = number("%.0f %%", Math.floor(100 * Math.min(1, fraction(phase))));
    return switch (phase) {
      case ViewState.Phase.Starting _ -> "";
      case ViewState.Phase.WarmStart at ->
          share
              + String.format(
                  Locale.ROOT, ", %,d of %,d steps, loss %.3f", at.step(), at.steps(), at.loss())
              + left(at.left());
      case ViewState.Phase.Training at ->
          share
              + String.format(Locale.ROOT, ", %,d of %,d turns", at.turns(), at.ofTurns())
              + left(at.left());
    };
  }

  private static String left(Optional<Duration> left) {
    return left.map(duration -> ", " + ClockTime.of(duration) + " left").orElse("");
  }

  private String success(ViewState.Success success, int width) {
    OptionalDouble newest =
        success.batches().isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(success.batches().getLast());
    String rates =
        label("success")
            + "batch "
            + percent(newest)
            + GAP
            + "average "
            + percent(success.average())
            + GAP;
    int room = Math.min(40, Math.max(0, width - rates.length()));
    return rates + Sparkline.of(success.batches(), room, glyphs);
  }

  private static String evaluated(
      String label, ViewState state, Evaluated sampled, Evaluated greedy) {
    return label("  " + label)
        + "sampled "
        + evaluated(state, sampled)
        + GAP
        + "greedy "
        + evaluated(state, greedy);
  }

  private static String evaluated(ViewState state, Evaluated evaluated) {
    String text =
        Optional.ofNullable(state.success().evaluated().get(evaluated))
            .map(
                at ->
                    percent(at.success().value())
                        + at.success()
                            .bounds()
                            .map(
                                b ->
                                    String.format(
                                        Locale.ROOT,
                                        " [%.1f, %.1f]",
                                        100 * b.lower(),
                                        100 * b.upper()))
                            .orElse("")
                        + " v"
                        + at.version())
            .orElse(UNKNOWN);
    return "%-27s".formatted(text);
  }

  private static String versions(ViewState.Training training) {
    return label("versions")
        + "policy "
        + training.policyVersion().map(String::valueOf).orElse(UNKNOWN)
        + GAP
        + "teacher "
        + training
            .teacher()
            .map(
                teacher ->
                    teacher.version()
                        + " ("
                        + teacher.rule()
                        + " of "
                        + teacher.merged()
                        + (teacher.merged() == 1 ? " checkpoint)" : " checkpoints)"))
            .orElse(UNKNOWN);
  }

  private static String entropy(ViewState.Entropy entropy) {
    return label("entropy")
        + "thought "
        + number("%.3f nats", entropy.thought())
        + GAP
        + "action "
        + number("%.3f nats", entropy.action());
  }

  private static String pace(ViewState.Training training) {
    var freshness = training.freshness();
    return label("pace")
        + number("%,.0f turns/s", training.turnsPerSecond())
        + GAP
        + "data "
        + number("%.1f s old", freshness.dataAgeSeconds())
        + GAP
        + "staleness mean "
        + number("%.1f", freshness.meanStalenessVersions())
        + ", most "
        + number("%.0f versions", freshness.maxStalenessVersions());
  }

  private static String label(String text) {
    return ("%-" + LABEL + "s").formatted(text);
  }

  private static String percent(OptionalDouble fraction) {
    return fraction.isPresent() ? percent(fraction.getAsDouble()) : UNKNOWN;
  }

  private static String percent(double fraction) {
    return number("%.1f %%", 100 * fraction);
  }

  private static String number(String format, OptionalDouble value) {
    return value.isPresent() ? number(format, value.getAsDouble()) : UNKNOWN;
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String cut(String line, int width) {
    String stripped = line.stripTrailing();
    return stripped.length() <= width ? stripped : stripped.substring(0, width);
  }
}
