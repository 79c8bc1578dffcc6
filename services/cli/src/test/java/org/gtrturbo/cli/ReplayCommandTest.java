package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What no replay can be is refused before anything is opened or written. */
@Timeout(60)
class ReplayCommandTest {
  @TempDir private Path runs;
  private RunFolder recorded;

  private record Answer(int exitCode, String errors) {}

  @BeforeEach
  void aRecordedRun() {
    recorded = RecordedRuns.folder(runs, "demo", 1, "run.turns=5000");
  }

  @ParameterizedTest
  @CsvSource({
    "environment.imageNoise, 0.5",
    "policy.width, 48",
    "warmStart.steps, 7",
    "actor.temperature, 0.5",
    "run.seed, 2",
    "kafka.trajectoryPartitions, 3",
    "learner.turnsPerUpdate, 4096",
    "learner.maxStalenessVersions, 99"
  })
  void whatTheRecordedTurnsWereMadeWithCannotBeChanged(String setting, String value) {
    Answer answer = replay("demo", "--set", "teacher.rule=sma", "--set", setting + "=" + value);

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors())
        .startsWith("gtr: a replay begins with the recorded version 0")
        .contains("\n  " + setting + ": ")
        .contains(" -> " + value)
        .contains("Start a run of its own for that, with gtr run.")
        .doesNotContain("teacher.rule");
    assertThat(runs.resolve("demo-replay")).doesNotExist();
  }

  @Test
  void itCannotHaveMoreTurnsThanTheRecordedRunWasMeantFor() {
    assertThat(replay("demo", "--set", "run.turns=5001"))
        .isEqualTo(
            new Answer(2, "gtr: run.turns can be at most the recorded run's 5000, got 5001\n"));
    assertThat(runs.resolve("demo-replay")).doesNotExist();
  }

  @Test
  void itCannotHaveTheNameOfTheRecordedRun() {
    var refused = new Answer(2, "gtr: a replay needs another name than the run that it replays\n");

    assertThat(replay("demo", "--name", "demo")).isEqualTo(refused);
    assertThat(replay(recorded.path().toString(), "--name", "demo")).isEqualTo(refused);
  }

  @Test
  void aRunThatIsNotThereIsNamed() {
    assertThat(replay("other"))
        .isEqualTo(new Answer(2, "gtr: there is no run other in " + runs + "; there are [demo]\n"));
    assertThat(runs.resolve("other-replay")).doesNotExist();
  }

  @Test
  void aFolderThatIsNoRunIsNamed() throws IOException {
    Path empty = Files.createDirectory(runs.resolve("empty"));

    Answer answer = replay("empty");

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors()).startsWith("gtr: there is no run in " + empty).hasLineCount(1);
    assertThat(runs.resolve("empty-replay")).doesNotExist();
  }

  @Test
  void aRunWithoutALogAsksForTheCluster() {
    Answer answer = replay("demo");

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors())
        .isEqualTo(
            "gtr: the run in " + recorded.path() + " has no log; give --bootstrap HOST:PORT\n");
  }

  @Test
  void anUnknownSettingIsRefusedWithTheNearestOne() {
    assertThat(replay("demo", "--set", "teacher.rul=sma").errors())
        .startsWith("gtr: unknown setting teacher.rul; the nearest is teacher.rule");
  }

  @Test
  void mergingAloneCannotChangeHowIsLearned() {
    try (var broker = EmbeddedBroker.start(recorded.broker())) {
      RecordedRuns.publish(new Cluster(broker.bootstrap()), demo("demo"), RunStatus.COMPLETED, 2);
    }

    Answer answer =
        replay(
            "demo",
            "--only",
            "merger",
            "--set",
            "teacher.rule=sma",
            "--set",
            "learner.learningRate=0.5");

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors())
        .startsWith("gtr: --only merger trains nothing and can change teacher.* alone, not\n")
        .contains("learner.learningRate: ")
        .doesNotContain("teacher.rule");
  }

  @Test
  void aReplayUnderTheNameOfARunWithOtherSettingsIsRefused() {
    RecordedRuns.folder(runs, "taken", 1, "run.turns=5000", "teacher.rule=sma");
    try (var broker = EmbeddedBroker.start(recorded.broker())) {
      RecordedRuns.publish(new Cluster(broker.bootstrap()), demo("demo"), RunStatus.COMPLETED, 2);
    }

    Answer answer = replay("demo", "--name", "taken");

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors())
        .startsWith("gtr: run taken was started with other settings:\n")
        .contains("teacher.rule: sma -> ema");
  }

  @Test
  void aReplayUnderTheNameOfARunThatPlaysForItselfIsRefused() {
    RunFolder taken = RecordedRuns.folder(runs, "taken", 1, "run.turns=5000");
    for (RunFolder folder : List.of(recorded, taken)) {
      try (var broker = EmbeddedBroker.start(folder.broker())) {
        RecordedRuns.publish(
            new Cluster(broker.bootstrap()),
            demo(folder.path().getFileName().toString()),
            RunStatus.STOPPED,
            2);
      }
    }

    Answer answer = replay("demo", "--name", "taken");

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors())
        .isEqualTo(
            "gtr: run taken plays for itself and cannot go on as a replay of demo; give another"
                + " --name\n");
  }

  @Test
  void whatMergedRecordedCheckpointsDoesNotGoOnAsAReplayThatTrains() {
    RunFolder taken = RecordedRuns.folder(runs, "taken", 1, "run.turns=5000");
    try (var broker = EmbeddedBroker.start(recorded.broker());
        var other = EmbeddedBroker.start(taken.broker())) {
      var at = new Cluster(broker.bootstrap());
      RecordedRuns.publish(at, demo("demo"), RunStatus.COMPLETED, 2);
      // What merges recorded checkpoints alone has them, and no ledger.
      RecordedRuns.publish(
          new Cluster(other.bootstrap()), demo("taken"), RunStatus.COMPLETED, 2, "demo");
    }

    assertThat(replay("demo", "--name", "taken"))
        .isEqualTo(
            new Answer(
                2,
                "gtr: run taken has merged recorded checkpoints and cannot go on as one that"
                    + " trains; give another --name\n"));
  }

  private static Settings demo(String name) {
    return RecordedRuns.settings(name, 1, "run.turns=5000");
  }

  private Answer replay(String run, String... options) {
    var arguments = new ArrayList<>(List.of("replay", run, "--runs", runs.toString()));
    arguments.addAll(List.of(options));
    var errors = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setErr(new PrintWriter(errors, true))
            .execute(arguments.toArray(String[]::new));
    return new Answer(exitCode, errors.toString());
  }
}
