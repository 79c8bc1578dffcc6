package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.gtrturbo.lineage.Lineage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "lineage",
    description = {
      "Says where a teacher comes from, and what became of a turn:",
      "  gtr lineage RUN teacher 40         its checkpoints, their weights, what trained them",
      "  gtr lineage RUN turn 2@1234        the update that was trained on it, and the teachers",
      "                                     that it has a part in, with weights",
      "  gtr lineage RUN episode a-0-0-17   the same of every turn of an episode",
      "  gtr lineage RUN teacher 40 --stream slow   of a shadow rule's teacher"
    })
final class LineageCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(LineageCommand.class);
  private static final String NEWEST = "newest";
  private static final Pattern PLACE = Pattern.compile("(\\d{1,9})@(\\d{1,18})");
  private static final Pattern VERSION = Pattern.compile("\\d{1,18}");

  /** What is asked for. */
  enum Subject {
    TEACHER,
    TURN,
    EPISODE
  }

  @Parameters(index = "0", paramLabel = "RUN", description = "A run by its name, or its folder.")
  private String run = "";

  @Parameters(index = "1", paramLabel = "WHAT", description = "teacher, turn or episode.")
  private Subject subject = Subject.TEACHER;

  @Parameters(
      index = "2",
      paramLabel = "WHICH",
      description = "A teacher's version or newest, a turn's PARTITION@OFFSET, an episode's id.")
  private String which = "";

  @Option(names = "--json", description = "Everything, as one JSON object.")
  private boolean json;

  @Option(names = "--all", description = "Every line, not only those of the greatest weight.")
  private boolean all;

  @Mixin private TeacherStream stream = new TeacherStream();

  @Mixin private RunLocation location = new RunLocation();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (OpenedRun opened = location.open(run)) {
      long asked = System.nanoTime();
      LineageAnswer answer = answer(opened);
      Duration taken = Duration.ofNanos(System.nanoTime() - asked);
      LOG.info("answered what the log says of {} {} in {} ms", subject, which, taken.toMillis());
      (json ? answer.json() : answer.lines(all)).forEach(out::println);
      out.flush();
    }
    return 0;
  }

  private LineageAnswer answer(OpenedRun opened) {
    Lineage lineage = opened.log().lineage(stream.name());
    if (stream.isShadow() && lineage.newestTeacher().isEmpty()) {
      throw stream.missing(opened);
    }
    return switch (subject) {
      case TEACHER -> teacher(asked(opened), lineage);
      case TURN -> turn(asked(opened), lineage);
      case EPISODE -> episode(opened, lineage);
    };
  }

  private LineageAnswer.Asked asked(OpenedRun opened) {
    return new LineageAnswer.Asked(opened.name(), stream.said());
  }

  private LineageAnswer teacher(LineageAnswer.Asked asked, Lineage lineage) {
    return lineage
        .teacher(version(lineage))
        .map(teacher -> new LineageAnswer.OfTeacher(asked, teacher))
        .orElseThrow(
            () ->
                new UsageException(
                    "run "
                        + run
                        + " has no teacher "
                        + which
                        + stream.words()
                        + lineage
                            .newestTeacher()
                            .map(newest -> "; its newest is " + newest)
                            .orElse(", and no other")));
  }

  private long version(Lineage lineage) {
    if (which.toLowerCase(Locale.ROOT).equals(NEWEST)) {
      return lineage.newestTeacher().orElse(-1L);
    }
    if (!VERSION.matcher(which).matches()) {
      throw new UsageException("a teacher's version must be a number or newest, got " + which);
    }
    return Long.parseLong(which);
  }

  private LineageAnswer turn(LineageAnswer.Asked asked, Lineage lineage) {
    Matcher place = PLACE.matcher(which);
    if (!place.matches()) {
      throw new UsageException(
          "a turn must be named by PARTITION@OFFSET, such as 2@1234, got "
              + which
              + "; an episode is named after the word episode");
    }
    int partition = Integer.parseInt(place.group(1));
    long offset = Long.parseLong(place.group(2));
    return new LineageAnswer.OfTurn(asked, TracedTurn.of(lineage, partition, offset));
  }

  private LineageAnswer episode(OpenedRun opened, Lineage lineage) {
    try (var trajectories = location.trajectories(opened)) {
      var turns =
          trajectories.run().log().episode(which).stream()
              .map(turn -> TracedTurn.of(lineage, turn.partition(), turn.offset()))
              .toList();
      if (turns.isEmpty()) {
        throw new UsageException(
            "the trajectories of run " + trajectories.run().name() + " have no episode " + which);
      }
      return new LineageAnswer.OfEpisode(asked(opened), which, turns);
    }
  }
}
