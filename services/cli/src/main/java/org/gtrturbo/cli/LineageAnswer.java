package org.gtrturbo.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.lineage.RecordFate;
import org.gtrturbo.lineage.TeacherLineage;
import org.gtrturbo.lineage.TouchedTeacher;

/** An answer of {@code gtr lineage}, in words or as JSON. */
sealed interface LineageAnswer {
  ObjectMapper JSON = new ObjectMapper();
  int SHOWN = 20;

  /**
   * @param all every line; else at most {@link #SHOWN} of a table, those of the greatest weight
   */
  List<String> lines(boolean all);

  Map<String, Object> content();

  /** One line. */
  default List<String> json() {
    try {
      return List.of(JSON.writeValueAsString(content()));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a lineage cannot be written as JSON", impossible);
    }
  }

  /**
   * What was asked about.
   *
   * @param stream of teachers, as people call it
   */
  record Asked(String run, String stream) {
    private boolean isShadow() {
      return !stream.equals(TeacherStream.OWN);
    }

    private String teacher() {
      return (isShadow() ? "stream " + stream + " of " : "") + "run " + run;
    }

    private String turn() {
      return "run " + run + (isShadow() ? ", teachers of stream " + stream : "");
    }

    private Map<String, Object> content() {
      Map<String, Object> content = new LinkedHashMap<>();
      content.put("run", run);
      content.put("stream", stream);
      return content;
    }
  }

  /** Where a teacher comes from. */
  record OfTeacher(Asked asked, TeacherLineage lineage) implements LineageAnswer {
    @Override
    public List<String> lines(boolean all) {
      List<String> lines = new ArrayList<>();
      lines.add(
          String.format(
              Locale.ROOT,
              "teacher %d of %s: %s %s, %,d merged, %,d turns trained on behind it, hash %s",
              lineage.teacher().version(),
              asked.teacher(),
              lineage.rule().name(),
              new TreeMap<>(lineage.rule().settings()),
              lineage.merged(),
              lineage.updates().stream().mapToLong(TeacherLineage.Update::turns).sum(),
              lineage.teacher().hash()));
      lines.add("");
      lines.add(
          "checkpoint    weight     reach     turns  from and to records of the trajectories");
      Shown<TeacherLineage.Update> shown =
          Shown.of(lineage.updates(), TeacherLineage.Update::weight, all);
      for (TeacherLineage.Update update : shown.rows()) {
        lines.add(
            String.format(
                Locale.ROOT,
                "%10d  %8.6f  %8.6f  %,8d  %s",
                update.version(),
                update.weight(),
                update.reach(),
                update.turns(),
                update.version() == 0 ? "the base" : ranges(update.trained())));
      }
      shown.rest().ifPresent(lines::add);
      return lines;
    }

    /** By partition, from where to where; an update leaves holes that others fill. */
    private static String ranges(List<OffsetRange> ranges) {
      Map<Integer, long[]> spans = new TreeMap<>();
      for (OffsetRange range : ranges) {
        long[] span =
            spans.computeIfAbsent(range.getPartition(), _ -> new long[] {Long.MAX_VALUE, 0});
        span[0] = Math.min(span[0], range.getFirst());
        span[1] = Math.max(span[1], range.getLast());
      }
      return spans.entrySet().stream()
          .map(span -> span.getKey() + "@" + span.getValue()[0] + "-" + span.getValue()[1])
          .collect(Collectors.joining(" "));
    }

    @Override
    public Map<String, Object> content() {
      Map<String, Object> content = asked.content();
      content.put("teacher", lineage.teacher());
      content.put("rule", lineage.rule());
      content.put("merged", lineage.merged());
      content.put("updates", lineage.updates().stream().map(OfTeacher::content).toList());
      return content;
    }

    private static Map<String, Object> content(TeacherLineage.Update update) {
      Map<String, Object> content = new LinkedHashMap<>();
      content.put("version", update.version());
      content.put("checkpoint", update.checkpoint());
      content.put("weight", update.weight());
      content.put("reach", update.reach());
      content.put("turns", update.turns());
      content.put(
          "trained",
          update.trained().stream()
              .map(
                  range ->
                      Map.of(
                          "partition", range.getPartition(),
                          "first", range.getFirst(),
                          "last", range.getLast()))
              .toList());
      return content;
    }
  }

  /** What became of a turn. */
  record OfTurn(Asked asked, TracedTurn turn) implements LineageAnswer {
    @Override
    public List<String> lines(boolean all) {
      List<String> lines = new ArrayList<>();
      lines.add("turn " + turn.place() + " of " + asked.turn() + ": " + words(turn.fate()));
      lines.addAll(table(turn.teachers(), all));
      return lines;
    }

    @Override
    public Map<String, Object> content() {
      Map<String, Object> content = asked.content();
      content.putAll(place(turn));
      content.put("teachers", turn.teachers());
      return content;
    }
  }

  /** What became of the turns of an episode. */
  record OfEpisode(Asked asked, String episode, List<TracedTurn> turns) implements LineageAnswer {
    @Override
    public List<String> lines(boolean all) {
      List<String> lines = new ArrayList<>();
      lines.add("episode " + episode + " of " + asked.turn() + ": " + turns.size() + " turns");
      turns.forEach(turn -> lines.add("  " + turn.place() + "  " + words(turn.fate())));
      byFate()
          .forEach(
              (fate, teachers) -> {
                if (!teachers.isEmpty()) {
                  lines.add("");
                  lines.add(words(fate));
                  lines.addAll(table(teachers, all));
                }
              });
      return lines;
    }

    private Map<RecordFate, List<TouchedTeacher>> byFate() {
      Map<RecordFate, List<TouchedTeacher>> byFate = new LinkedHashMap<>();
      turns.forEach(turn -> byFate.put(turn.fate(), turn.teachers()));
      return byFate;
    }

    @Override
    public Map<String, Object> content() {
      Map<String, Object> content = asked.content();
      content.put("episode", episode);
      content.put("turns", turns.stream().map(LineageAnswer::place).toList());
      Map<String, Object> teachers = new LinkedHashMap<>();
      byFate()
          .forEach(
              (fate, touched) -> {
                if (fate instanceof RecordFate.Trained(long version, _)) {
                  teachers.put(Long.toString(version), touched);
                }
              });
      content.put("teachersByUpdate", teachers);
      return content;
    }
  }

  private static Map<String, Object> place(TracedTurn turn) {
    Map<String, Object> place = new LinkedHashMap<>();
    place.put("partition", turn.partition());
    place.put("offset", turn.offset());
    switch (turn.fate()) {
      case RecordFate.Trained(long version, String checkpoint) -> {
        place.put("fate", "trained");
        place.put("version", version);
        place.put("checkpoint", checkpoint);
      }
      case RecordFate.LeftOut(long version, var reason) -> {
        place.put("fate", "left out");
        place.put("version", version);
        place.put("reason", reason.name());
      }
      case RecordFate.NotSettled() -> place.put("fate", "not settled");
    }
    return place;
  }

  private static String words(RecordFate fate) {
    return switch (fate) {
      case RecordFate.Trained(long version, String checkpoint) ->
          "trained on by update " + version + ", checkpoint " + checkpoint;
      case RecordFate.LeftOut(long version, var reason) ->
          "left out as " + reason + " when version " + version + " was made";
      case RecordFate.NotSettled() -> "not settled by any version yet, or not on the log";
    };
  }

  private static List<String> table(List<TouchedTeacher> teachers, boolean all) {
    if (teachers.isEmpty()) {
      return List.of("no teacher has a part of it");
    }
    List<String> lines = new ArrayList<>(List.of("", "   teacher    weight     reach"));
    Shown<TouchedTeacher> shown = Shown.of(teachers, TouchedTeacher::weight, all);
    for (TouchedTeacher teacher : shown.rows()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%10d  %8.6f  %8.6f",
              teacher.version(),
              teacher.weight(),
              teacher.reach()));
    }
    shown.rest().ifPresent(lines::add);
    return lines;
  }

  /** The rows of a table that are shown, in their order, and what is said of the rest. */
  record Shown<T>(List<T> rows, Optional<String> rest) {

    static <T> Shown<T> of(List<T> rows, ToDoubleFunction<T> weight, boolean all) {
      if (all || rows.size() <= SHOWN) {
        return new Shown<>(rows, Optional.empty());
      }
      // By identity: to compare rows whole would look at all that they hold.
      Set<T> heaviest = Collections.newSetFromMap(new IdentityHashMap<>());
      rows.stream()
          .sorted(Comparator.comparingDouble(weight).reversed())
          .limit(SHOWN)
          .forEach(heaviest::add);
      double others =
          rows.stream()
              .filter(each -> !heaviest.contains(each))
              .mapToDouble(weight)
              .max()
              .orElse(0);
      return new Shown<>(
          rows.stream().filter(heaviest::contains).toList(),
          Optional.of(
              String.format(
                  Locale.ROOT,
                  "and %,d more, none above %.6f; --all shows them",
                  rows.size() - SHOWN,
                  others)));
    }
  }
}
