package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.DeadLetter;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.LeftOutReason;
import org.gtrturbo.events.OffsetRange;
import org.gtrturbo.events.RunStatus;
import org.gtrturbo.lab.RunSummary;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code gtr run} as a process: it learns, it may be killed, stopped and fed with garbage at any
 * moment, and its log proves that nothing was lost or counted twice.
 */
@Timeout(1800)
class RunIT {
  private static final String NAME = "it";
  private static final int PARTITIONS = SmallRun.PARTITIONS;
  private static final int TEACHER_EVERY = 2;
  private static final long MAX_STALENESS = 4;
  private static final Pattern GOES_ON = Pattern.compile("goes on from version (\\d+), trained on");

  private static final List<String> HERE =
      List.of(
          "learner.maxStalenessVersions=" + MAX_STALENESS,
          "actor.environments=32",
          "actor.maxLagTurns=1024",
          "teacher.everyCheckpoints=" + TEACHER_EVERY);

  private static final List<String> LEARNS =
      SmallRun.with(SmallRun.LEARNS, HERE, List.of("run.turns=9000"));
  private static final List<String> SHORT =
      SmallRun.with(SmallRun.HARDLY_WARM, HERE, List.of("run.turns=5000"));

  @TempDir private static Path stoppedHome;
  private static String stoppedOutput = "";

  /** A run that a signal has stopped in the middle, for tests to copy. */
  @BeforeAll
  static void stopARunWithASignal() throws Exception {
    try (var gtr = GtrProcess.start(stoppedHome, command(SHORT))) {
      gtr.awaitCommitted(2, folder(stoppedHome).resolve("gtr.log"));
      gtr.terminate();
      gtr.exitCode(Duration.ofSeconds(30));
      stoppedOutput = gtr.output();
    }
  }

  @Test
  void aRunLearnsLeavesItsResultsAndIsCompleteForGood(@TempDir Path home) throws Exception {
    Path folder = folder(home);

    String output = run(home, command(LEARNS), 0);

    RunSummary summary = RunSummary.read(folder.resolve("summary.json"));
    assertThat(summary.ending()).isEqualTo(RunSummary.Ending.COMPLETED);
    assertThat(summary.progress().turns()).isGreaterThanOrEqualTo(9_000);
    assertThat(summary.results().policy().sampled().low())
        .as("the policy's sampled success, surely above the warm start's")
        .isGreaterThan(summary.results().warmStart().sampled().high() + 0.1);
    assertThat(summary.results().teacher()).isPresent();
    assertThat(List.of("policy.onnx", "teacher.onnx", "learning-curve.png", "settings.yaml"))
        .allSatisfy(file -> assertThat(folder.resolve(file)).isNotEmptyFile());
    assertThat(output).contains("is complete").contains("warm start").contains("policy.onnx");

    assertThat(run(home, command(LEARNS), 0))
        .contains("is complete")
        .contains("another run needs another --name or --seed");
    Answer evaluated = Answer.of("eval", folder.resolve("policy.onnx").toString());
    assertThat(evaluated.exitCode()).as(evaluated.output()).isZero();
    assertThat(evaluated.output()).contains("sampled  success").contains("of 1,000 episodes");
  }

  @Test
  void aRunThatIsKilledGoesOnAndNothingIsLostOrTrainedOnTwice(@TempDir Path home) throws Exception {
    Path folder = folder(home);
    try (var gtr = GtrProcess.start(home, command(SHORT))) {
      gtr.awaitCommitted(4, folder.resolve("gtr.log"));
      gtr.kill();
    }
    long seenBefore = GtrProcess.newestCommitted(folder.resolve("gtr.log"));
    assertThat(folder.resolve("summary.json")).doesNotExist();

    String output = run(home, command(SHORT), 0);

    Matcher goesOn = GOES_ON.matcher(output);
    assertThat(goesOn.find()).as(output).isTrue();
    assertThat(Long.parseLong(goesOn.group(1))).isGreaterThanOrEqualTo(seenBefore);
    try (var history = RunHistory.open(folder, NAME, PARTITIONS)) {
      assertComplete(history);
    }
    Answer verified = Answer.of("verify", folder.toString());
    assertThat(verified.exitCode()).as(verified.output()).isZero();
    assertThat(verified.output()).contains("run it is what its log says");
  }

  @Test
  void aRunGoesOnWhileWhatItsOptimizerKeptIsPruned(@TempDir Path home) throws Exception {
    Path folder = folder(home);
    var longer = new ArrayList<>(SHORT);
    longer.add("run.turns=9000");
    try (var gtr = GtrProcess.start(home, command(longer))) {
      gtr.awaitCommitted(12, folder.resolve("gtr.log"));
      Answer pruned = prune(folder);
      assertThat(pruned.exitCode()).as(pruned.output()).isZero();
      assertThat(pruned.output()).containsPattern("versions 1 to \\d+ have lost what the opt");
      assertThat(gtr.exitCode(Duration.ofMinutes(3))).as(gtr.output()).isZero();
    }
    long before = bytesOfBlobs(folder);
    assertThat(prune(folder).exitCode()).isZero();

    assertThat(bytesOfBlobs(folder)).isLessThan(before);
    try (var history = RunHistory.open(folder, NAME, PARTITIONS)) {
      assertComplete(history);
    }
    Answer verified = Answer.of("verify", folder.toString(), "--all-updates");
    assertThat(verified.exitCode()).as(verified.output()).isZero();
    assertThat(verified.output()).contains("run it is what its log says", "by gtr prune");
    assertThat(Answer.of("verify", folder.toString(), "--update", "3"))
        .returns(2, Answer::exitCode)
        .satisfies(each -> assertThat(each.output()).contains("update 3", "cannot be computed"));
    assertThat(prune(folder).output()).contains("nothing to prune");
    Answer merged =
        Answer.of(
            "replay",
            folder.toString(),
            "--runs",
            home.toString(),
            "--only",
            "merger",
            "--episodes",
            "8",
            "--set",
            "teacher.rule=sma");
    assertThat(merged.exitCode()).as(merged.output()).isZero();
  }

  private static Answer prune(Path folder) {
    return Answer.of("prune", folder.toString(), "--keep-last", "5", "--older-than", "PT0S");
  }

  private static long bytesOfBlobs(Path folder) throws IOException {
    try (var files = Files.walk(folder.resolve("blobs"))) {
      return files.map(Path::toFile).filter(File::isFile).mapToLong(File::length).sum();
    }
  }

  @Test
  void aRunStoppedByASignalSaysHowToGoOnAndIsMarkedStopped(@TempDir Path home) throws Exception {
    Path folder = copyOfStopped(home);

    assertThat(stoppedOutput)
        .contains("was stopped")
        .contains("The same command continues the run.")
        .doesNotContain("takes too long");
    assertThat(RunSummary.read(folder.resolve("summary.json")).ending())
        .isEqualTo(RunSummary.Ending.STOPPED);
    try (var history = RunHistory.open(folder, NAME, PARTITIONS)) {
      assertThat(history.status()).isEqualTo(RunStatus.STOPPED);
      history.check(TEACHER_EVERY, MAX_STALENESS);
    }
  }

  @Test
  void aStoppedRunIsNotContinuedWithOtherSettings(@TempDir Path home) throws Exception {
    copyOfStopped(home);
    var others = new ArrayList<>(SHORT);
    others.add("learner.epochs=3");
    others.add("teacher.rule=sma");

    assertThat(run(home, command(others), 2))
        .contains("was started with other settings")
        .contains("learner.epochs")
        .contains("teacher.rule")
        .contains("--name")
        .doesNotContain("\tat ");
  }

  @Test
  void aStoppedRunGoesOnOverARecordThatIsNoTurnAndKeepsItAsADeadLetter(@TempDir Path home)
      throws Exception {
    Path folder = copyOfStopped(home);
    long garbage;
    String topic;
    try (var history = RunHistory.open(folder, NAME, PARTITIONS)) {
      garbage = history.publishGarbage(0);
      topic = history.trajectories();
    }

    assertThat(run(home, command(SHORT), 0)).contains("goes on from version");

    try (var history = RunHistory.open(folder, NAME, PARTITIONS)) {
      assertThat(history.deadLetters())
          .extracting(DeadLetter::getTopic, DeadLetter::getPartition, DeadLetter::getOffset)
          .containsExactly(tuple(topic, 0, garbage));
      assertThat(RunHistory.leftOut(history.ledger(), LeftOutReason.UNREADABLE))
          .containsExactly(new OffsetRange(0, garbage, garbage));
      assertComplete(history);
    }
  }

  @Test
  void aCorruptBlobStopsTheStartWithItsFileAndARemedyAndCostsNothingOfTheLog(@TempDir Path home)
      throws Exception {
    Path folder = copyOfStopped(home);
    List<Checkpoint> before;
    List<LedgerEntry> ledgerBefore;
    try (var history = RunHistory.open(folder, NAME, PARTITIONS)) {
      before = history.checkpoints();
      ledgerBefore = history.ledger();
    }
    Path blob = RunHistory.firstChunk(folder, before.getLast());
    byte[] content = Files.readAllBytes(blob);
    content[content.length / 2] ^= 1;
    Files.write(blob, content);

    String output = run(home, command(SHORT), 1);

    assertThat(output)
        .contains(home.relativize(blob).toString())
        .contains("restore the file from a copy of the blob folder")
        .doesNotContain("\tat ");
    assertThat(Files.readString(folder.resolve("gtr.log"))).contains("CorruptBlobException");
    try (var history = RunHistory.open(folder, NAME, PARTITIONS)) {
      assertThat(history.checkpoints()).isEqualTo(before);
      assertThat(history.ledger()).isEqualTo(ledgerBefore);
      assertThat(history.status()).isEqualTo(RunStatus.FAILED);
    }
  }

  private static void assertComplete(RunHistory history) {
    history.check(TEACHER_EVERY, MAX_STALENESS);
    long newest = history.checkpoints().getLast().getVersion();
    assertThat(history.checkpoints().getLast().getTurnsTrained()).isGreaterThanOrEqualTo(5000);
    assertThat(history.teachers()).hasSize((int) (newest / TEACHER_EVERY) + 1);
    assertThat(history.status()).isEqualTo(RunStatus.COMPLETED);
  }

  private static List<String> command(List<String> settings) {
    var command = new ArrayList<>(List.of("run", "--env", "numberline", "--name", NAME));
    command.addAll(List.of("--runs", "runs"));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    return command;
  }

  private static String run(Path home, List<String> arguments, int exitCode) throws Exception {
    try (var gtr = GtrProcess.start(home, arguments)) {
      assertThat(gtr.exitCode()).as(gtr.output()).isEqualTo(exitCode);
      return gtr.output();
    }
  }

  private static Path folder(Path home) {
    return home.resolve("runs").resolve(NAME);
  }

  private static Path copyOfStopped(Path home) throws IOException {
    Path from = folder(stoppedHome);
    Path to = folder(home);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    return to;
  }
}
