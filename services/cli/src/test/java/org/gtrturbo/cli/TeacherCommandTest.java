package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.events.SampleEvents;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator decides is an event on the run's log, and is listed with its reason. */
@Timeout(60)
class TeacherCommandTest {
  private static final Settings SETTINGS =
      RecordedRuns.settings("demo", 1, "teacher.shadows=slow ema alpha=0.1");

  @TempDir private static Path runs;
  private static EmbeddedBroker broker;
  private static RecordedRun log;

  private record Answer(int exitCode, String said, String errors) {}

  @BeforeAll
  static void recordARun() {
    RunFolder folder = RecordedRuns.folder(runs, "demo", 1, "teacher.shadows=slow ema alpha=0.1");
    broker = EmbeddedBroker.start(folder.broker());
    var cluster = new Cluster(broker.bootstrap());
    RecordedRuns.publish(cluster, SETTINGS, RunStatus.COMPLETED, 3);
    var topics = new TopicCatalogue("demo", SETTINGS.kafka().trajectoryPartitions());
    log = new RecordedRun(cluster, topics, new FolderBlobStore(folder.blobs()));
    try (var teachers = cluster.publisher(topics.teachers(), "test")) {
      Teacher own = SampleEvents.teacher("demo", 2, 1, Instant.EPOCH);
      teachers.publish("demo", own);
      teachers.publish("demo/slow", Teacher.newBuilder(own).setStream("slow").build());
    }
  }

  @AfterAll
  static void stopTheBroker() {
    broker.close();
  }

  @Test
  void decisionsAreEventsAndAreListed() {
    assertThat(gtr("exclude", "demo", "2", "--reason", "wrong rewards").said())
        .isEqualTo("checkpoint 2 is excluded from all teachers\n");
    assertThat(gtr("promote", "demo", "slow").said()).isEqualTo("stream slow guides from now on\n");

    List<Decision> decisions = log.decisions();
    assertThat(decisions)
        .extracting(Decision::getKind)
        .containsExactly(DecisionKind.EXCLUDE, DecisionKind.PROMOTE);
    assertThat(decisions.getFirst().getCheckpoint()).isEqualTo(2);
    assertThat(decisions.getLast().getStream()).isEqualTo("slow");
    assertThat(gtr("list", "demo").said())
        .contains("own          teacher 2, revision 0, by ema")
        .contains("slow         teacher 2, revision 0, by ema")
        .containsPattern("slow .*, guides\n")
        .contains("checkpoint 2 excluded by operator/")
        .contains(": wrong rewards\n")
        .contains("stream slow promoted");

    assertThat(gtr("rollback", "demo").exitCode()).isZero();
    assertThat(gtr("admit", "demo", "2").said())
        .isEqualTo("checkpoint 2 is admitted to all teachers\n");
    assertThat(gtr("list", "demo").said()).containsPattern("own .*, guides\n");
  }

  @Test
  void whatIsNotThereCannotBeDecidedAbout() {
    assertThat(gtr("exclude", "demo", "9", "--reason", "none"))
        .isEqualTo(new Answer(2, "", "gtr: run demo has no checkpoint 9\n"));
    assertThat(gtr("exclude", "demo", "0", "--reason", "none").errors())
        .startsWith("gtr: checkpoint 0 is the base");
    assertThat(gtr("promote", "demo", "fast").errors())
        .isEqualTo(
            "gtr: run demo has no teacher of a stream fast; its settings name own and slow\n");
    assertThat(gtr("exclude", "demo", "2").errors()).contains("--reason");
  }

  private static Answer gtr(String... arguments) {
    var said = new StringWriter();
    var errors = new StringWriter();
    List<String> all =
        Stream.concat(
                Stream.of("teacher", arguments[0], "--runs", runs.toString()),
                Stream.of(arguments).skip(1))
            .toList();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(errors, true))
            .execute(all.toArray(String[]::new));
    return new Answer(exitCode, said.toString(), errors.toString());
  }
}
