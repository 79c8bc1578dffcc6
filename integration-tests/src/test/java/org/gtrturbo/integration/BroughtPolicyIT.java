package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.policy.graph.OnnxSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code gtr run --policy} with policies that PyTorch has exported: they learn, are merged and
 * exported, go on when they were killed, and are replayed to the same hashes.
 */
@Timeout(1800)
class BroughtPolicyIT {
  private static final String NAME = "brought";
  private static final Path POLICIES = Path.of("../examples/policies").toAbsolutePath().normalize();

  private static final List<String> SMALL =
      List.of(
          "warmStart.demonstrations=2000",
          "warmStart.misreadCard=0",
          "warmStart.minibatch=64",
          "learner.turnsPerUpdate=256",
          "learner.minibatch=64",
          "learner.threads=1",
          "actor.environments=32",
          "actor.threads=1",
          "actor.maxLagTurns=1024",
          "kafka.trajectoryPartitions=2");

  /**
   * Enough of a warm start and large enough steps to see a policy learn within seconds, from turns
   * that are at most two updates old however busy the machine is.
   */
  private static final List<String> LEARNS =
      List.of(
          "warmStart.steps=200",
          "warmStart.learningRate=5e-3",
          "learner.turnsPerUpdate=512",
          "learner.minibatch=128",
          "learner.epochs=2",
          "learner.learningRate=2e-3",
          "actor.environments=64",
          "actor.maxLagTurns=1024");

  private static final List<String> SHORT =
      List.of("run.turns=1500", "run.episodes=64", "warmStart.steps=10");

  @ParameterizedTest
  @CsvSource({"vit, 4000", "cnn, 9000"})
  void aPolicyFromPyTorchLearnsOnlineAndLeavesModelsThatAStockRuntimeOpens(
      String policy, int turns, @TempDir Path home) throws Exception {
    Path folder = home.resolve("runs").resolve(NAME);

    String output = run(home, command(policy, LEARNS, "run.turns=" + turns), 0);

    RunSummary summary = RunSummary.read(folder.resolve("summary.json"));
    assertThat(summary.ending()).as(output).isEqualTo(RunSummary.Ending.COMPLETED);
    assertThat(summary.results().policy().sampled().low())
        .as("the policy's sampled success, surely above the warm start's")
        .isGreaterThan(summary.results().warmStart().sampled().high() + 0.1);
    try (var teacher = OnnxSession.open(Files.readAllBytes(folder.resolve("teacher.onnx")), 1)) {
      assertThat(teacher.metadata()).containsKeys("gtr.teacher.hash", "gtr.policy");
    }
    assertThat(here(0, "eval", folder.resolve("teacher.onnx").toString(), "--episodes", "64"))
        .contains("sampled  success")
        .contains("of 64 episodes");
  }

  @Test
  void aKilledRunGoesOnAndIsReplayedToTheSameHashesWithoutItsFolder(@TempDir Path home)
      throws Exception {
    Path folder = home.resolve("runs").resolve(NAME);
    Path policy = copyOf("cnn", home.resolve("mine"));
    try (var gtr = GtrProcess.start(home, command(policy.toString(), SHORT))) {
      gtr.awaitCommitted(3, folder.resolve("gtr.log"));
      gtr.kill();
    }

    assertThat(run(home, command(policy.toString(), SHORT), 0)).contains("goes on from version");

    try (Stream<Path> files = Files.list(policy)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    String runs = home.resolve("runs").toString();
    assertThat(here(0, "verify", NAME, "--runs", runs))
        .contains("run " + NAME + " is what its log says")
        .contains("computed again");
    assertThat(here(0, "replay", NAME, "--runs", runs))
        .contains("checkpoints have the recorded hashes");
  }

  @Test
  void aPolicyThatDoesNotFitIsRefusedBeforeAnythingStarts(@TempDir Path home) {
    String runs = home.resolve("runs").toString();
    String cnn = POLICIES.resolve("cnn").toString();

    assertThat(here(2, "run", "--env", "threecards", "--policy", cnn, "--runs", runs))
        .contains("cannot play threecards")
        .contains("it sees pictures of height 16, width 32")
        .doesNotContain("\tat ");
    assertThat(here(2, "run", "--policy", "nowhere", "--runs", runs))
        .contains("there is no file nowhere")
        .doesNotContain("\tat ");
  }

  private static Path copyOf(String policy, Path to) throws Exception {
    Files.createDirectories(to);
    for (String file : List.of("policy.json", "policy.onnx")) {
      Files.copy(POLICIES.resolve(policy).resolve(file), to.resolve(file));
    }
    return to;
  }

  private static List<String> command(String policy, List<String> settings, String... more) {
    var command = new ArrayList<>(List.of("run", "--env", "numberline", "--name", NAME));
    command.addAll(List.of("--runs", "runs", "--policy", POLICIES.resolve(policy).toString()));
    Stream.of(SMALL, settings, List.of(more))
        .flatMap(List::stream)
        .forEach(setting -> command.addAll(List.of("--set", setting)));
    return command;
  }

  private static String here(int exitCode, String... arguments) {
    Answer answer = Answer.of(arguments);
    assertThat(answer.exitCode()).as(answer.output()).isEqualTo(exitCode);
    return answer.output();
  }

  private static String run(Path home, List<String> arguments, int exitCode) throws Exception {
    try (var gtr = GtrProcess.start(home, arguments)) {
      assertThat(gtr.exitCode()).as(gtr.output()).isEqualTo(exitCode);
      return gtr.output();
    }
  }
}
