package org.gtrturbo.cli;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.gtrturbo.agents.GuidingStream;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.platform.kafka.TopicAdmin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "teacher",
    description = {
      "Says what is in a run's teachers, and decides what is to be in them and which of them"
          + " guides.",
      "A decision is an event on the run's log: a running merger carries it out at once, another",
      "when it starts."
    })
final class TeacherCommand {
  @Mixin private RunLocation location = new RunLocation();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Command(name = "list", description = "Streams of teachers, which of them guides, and decisions.")
  int list(@Parameters(paramLabel = "RUN") String run) {
    return with(run, opened -> TeacherList.of(opened).forEach(out()::println));
  }

  @Command(name = "exclude", description = "Takes a checkpoint out of all teachers.")
  int exclude(
      @Parameters(paramLabel = "RUN") String run,
      @Parameters(paramLabel = "CHECKPOINT") long version,
      @Option(names = "--reason", required = true, paramLabel = "TEXT") String reason) {
    return with(run, opened -> decide(opened, DecisionKind.EXCLUDE, version, reason));
  }

  @Command(name = "admit", description = "Puts a checkpoint in that was quarantined or excluded.")
  int admit(
      @Parameters(paramLabel = "RUN") String run,
      @Parameters(paramLabel = "CHECKPOINT") long version,
      @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "") String reason) {
    return with(run, opened -> decide(opened, DecisionKind.ADMIT, version, reason));
  }

  @Command(name = "promote", description = "Makes a stream of teachers guide: actors follow it.")
  int promote(
      @Parameters(paramLabel = "RUN") String run,
      @Parameters(paramLabel = "STREAM", description = "'own' for that of the settings' rule.")
          String stream,
      @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "") String reason) {
    return with(run, opened -> promote(opened, stream, reason));
  }

  @Command(name = "rollback", description = "Makes the stream guide that did before.")
  int rollback(
      @Parameters(paramLabel = "RUN") String run,
      @Option(names = "--reason", paramLabel = "TEXT", defaultValue = "") String reason) {
    return with(
        run,
        opened -> {
          publish(opened, decision(opened, DecisionKind.ROLLBACK, reason).build());
          out().println("the stream that guided before guides again");
        });
  }

  private interface Work {
    void on(OpenedRun run);
  }

  private int with(String run, Work work) {
    try (OpenedRun opened = location.open(run)) {
      // A log of an older release has no decisions yet.
      TopicAdmin.create(opened.log().cluster(), List.of(opened.log().topics().decisions()));
      work.on(opened);
    }
    return 0;
  }

  private void decide(OpenedRun run, DecisionKind kind, long version, String reason) {
    if (version < 1) {
      throw new UsageException(
          "checkpoint 0 is the base that all are merged with; decide about 1 or later");
    }
    Checkpoint checkpoint =
        run.log().checkpoints().stream()
            .filter(each -> each.getVersion() == version)
            .findFirst()
            .orElseThrow(
                () -> new UsageException("run " + run.name() + " has no checkpoint " + version));
    publish(
        run,
        decision(run, kind, reason)
            .setCheckpoint(version)
            .setCheckpointHash(checkpoint.getHash())
            .build());
    out()
        .printf(
            Locale.ROOT,
            "checkpoint %d is %s%n",
            version,
            kind == DecisionKind.EXCLUDE
                ? "excluded from all teachers"
                : "admitted to all teachers");
  }

  private void promote(OpenedRun run, String stream, String reason) {
    String name = TeacherStream.event(stream);
    if (!name.equals(GuidingStream.OWN) && run.log().teachers(name).isEmpty()) {
      throw TeacherStream.missing(stream, run);
    }
    publish(run, decision(run, DecisionKind.PROMOTE, reason).setStream(name).build());
    out().println("stream " + stream + " guides from now on");
  }

  private static Decision.Builder decision(OpenedRun run, DecisionKind kind, String reason) {
    return Decision.newBuilder()
        .setRun(run.name())
        .setKind(kind)
        .setReason(reason)
        .setBy("operator/" + System.getProperty("user.name", "unknown"))
        .setAt(Instant.now());
  }

  private static void publish(OpenedRun run, Decision decision) {
    try (var publisher = run.log().cluster().publisher(run.log().topics().decisions(), "teacher")) {
      publisher.publish(run.name(), decision);
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
