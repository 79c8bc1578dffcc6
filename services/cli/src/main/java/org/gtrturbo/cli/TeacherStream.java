package org.gtrturbo.cli;

import java.util.List;
import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.platform.settings.RuleText;
import picocli.CommandLine.Option;

/** The option that says which of a run's streams of teachers is meant. */
final class TeacherStream {
  /** What the stream of the settings' own rule is called where people read and write it. */
  static final String OWN = "own";

  @Option(
      names = "--stream",
      paramLabel = "STREAM",
      defaultValue = OWN,
      description = "Of teachers: a shadow rule's name, or '${DEFAULT-VALUE}', the default.")
  private String stream = OWN;

  /** As the events have it. */
  String name() {
    return event(stream);
  }

  /** As people call it. */
  String said() {
    return stream;
  }

  /** Whether it is not that of the settings' own rule. */
  boolean isShadow() {
    return !name().equals(GuidingStream.OWN);
  }

  /** How what is said of a teacher goes on: nothing for a teacher of the settings' own rule. */
  String words() {
    return isShadow() ? " of stream " + stream : "";
  }

  /** What is said where the run has no teacher of it. */
  UsageException missing(OpenedRun run) {
    return missing(stream, run);
  }

  /** What events call the stream that people call so. */
  static String event(String said) {
    return said.equals(OWN) ? GuidingStream.OWN : said;
  }

  /** What people call the stream that events call so. */
  static String said(String event) {
    return event.equals(GuidingStream.OWN) ? OWN : event;
  }

  /** What is said where a run has no teacher of the stream that is called {@code said}. */
  static UsageException missing(String said, OpenedRun run) {
    List<String> shadows =
        run.settings().teacher().shadows().map(RuleText::shadows).stream()
            .flatMap(each -> each.keySet().stream())
            .toList();
    return new UsageException(
        "run "
            + run.name()
            + " has no teacher of a stream "
            + said
            + "; its settings name "
            + OWN
            + (shadows.isEmpty() ? "" : " and " + String.join(", ", shadows)));
  }
}
