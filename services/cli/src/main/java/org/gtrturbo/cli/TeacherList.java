package org.gtrturbo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.Teacher;

/** A run's streams of teachers and what was decided, in words. */
final class TeacherList {
  private TeacherList() {}

  static List<String> of(OpenedRun run) {
    List<Decision> decisions = run.log().decisions();
    var guiding = new GuidingStream();
    decisions.forEach(guiding::add);
    Map<String, Teacher> newest = new TreeMap<>();
    run.log().teachers().forEach(teacher -> newest.put(teacher.getStream(), teacher));
    List<String> lines = new ArrayList<>();
    newest.forEach((stream, teacher) -> lines.add(stream(teacher, stream.equals(guiding.name()))));
    if (newest.isEmpty()) {
      lines.add("run " + run.name() + " has no teacher yet");
    }
    decisions.forEach(decision -> lines.add(decision(decision)));
    return lines;
  }

  private static String stream(Teacher teacher, boolean guides) {
    return String.format(
        Locale.ROOT,
        "%-12s teacher %d, revision %d, by %s %s, %d merged, hash %s%s",
        TeacherStream.said(teacher.getStream()),
        teacher.getVersion(),
        teacher.getRevision(),
        teacher.getRule(),
        new TreeMap<>(teacher.getRuleSettings()),
        teacher.getMerged(),
        teacher.getHash().substring(0, Math.min(12, teacher.getHash().length())),
        guides ? ", guides" : "");
  }

  private static String decision(Decision decision) {
    String about =
        switch (decision.getKind()) {
          case QUARANTINE -> "checkpoint " + decision.getCheckpoint() + " quarantined";
          case EXCLUDE -> "checkpoint " + decision.getCheckpoint() + " excluded";
          case ADMIT -> "checkpoint " + decision.getCheckpoint() + " admitted";
          case PROMOTE -> "stream " + TeacherStream.said(decision.getStream()) + " promoted";
          case ROLLBACK -> "rolled back";
        };
    String reason = decision.getReason().isEmpty() ? "" : ": " + decision.getReason();
    return decision.getAt() + " " + about + " by " + decision.getBy() + reason;
  }
}
