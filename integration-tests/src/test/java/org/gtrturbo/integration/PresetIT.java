package org.gtrturbo.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.gtrturbo.cli.TrainingRun;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.lab.RunSummary;
import org.gtrturbo.learner.LearnerListener;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.platform.settings.SettingsReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every preset but the default, which all other runs train with, trains on the broker that a run
 * brings, and what it has trained comes out of the log again, update by update.
 */
@Timeout(1800)
class PresetIT {
  private static final List<String> HERE =
      List.of(
          "run.turns=768",
          "run.episodes=64",
          "actor.environments=16",
          "actor.maxLagTurns=1024",
          "guidance.thoughts.bufferTurns=400");

  @TempDir private Path home;

  /** Guidance is told of by the name of its loss. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({"rl4vlm, policy", "gtr-turbo-kl, teacherKl"})
  void aPresetTrainsAndEveryUpdateIsComputedAgainFromTheLog(String preset, String loss) {
    Settings settings = settings(preset, List.of("preset=" + preset));

    RunSummary summary = run(settings);

    assertThat(summary.ending()).isEqualTo(RunSummary.Ending.COMPLETED);
    assertThatEveryUpdateHas(loss, checkpoints(preset));
    assertVerified(preset);
  }

  @Test
  void decoupledPpoOnVTraceWithADistanceInTheRewardTrainsToo() {
    Settings settings =
        settings(
            "off-policy",
            List.of(
                "learner.offPolicy.proximal=start-of-update",
                "learner.offPolicy.importanceCap=5",
                "learner.offPolicy.advantages=v-trace",
                "guidance.kind=reward-penalty",
                "guidance.estimator=forward-kl",
                "guidance.topK=4"));

    assertThat(run(settings).ending()).isEqualTo(RunSummary.Ending.COMPLETED);

    assertVerified("off-policy");
  }

  @Test
  void thoughtsAreLearnedAgainInAReplayAndWrittenAnewInACounterfactualOne() {
    run(settings("taught", List.of("preset=gtr-turbo-sft")));

    List<Checkpoint> taught = checkpoints("taught");
    assertThatEveryUpdateHas("thoughts", taught);
    assertThat(taught.subList(1, taught.size()))
        .allSatisfy(checkpoint -> assertThat(checkpoint.getLosses().get("thoughts")).isPositive());
    assertThat(gtr("replay", "taught", "--name", "same")).contains("have the recorded hashes");
    String other =
        gtr(
            "replay",
            "taught",
            "--name",
            "other",
            "--set",
            "guidance.thoughts.temperature=0.9",
            "--set",
            "teacher.rule=frozen");

    assertThat(other).contains("guidance.thoughts.temperature: 0.2 -> 0.9");
    assertThat(checkpoints("other").getLast().getLosses()).containsKey("thoughts");
    assertThat(checkpoints("other").getLast().getHash()).isNotEqualTo(taught.getLast().getHash());
    assertVerified("other");
  }

  private static void assertThatEveryUpdateHas(String loss, List<Checkpoint> checkpoints) {
    assertThat(checkpoints).hasSizeGreaterThanOrEqualTo(4);
    for (Checkpoint checkpoint : checkpoints.subList(1, checkpoints.size())) {
      assertThat(checkpoint.getLosses().values()).allMatch(Double::isFinite);
      assertThat(checkpoint.getLosses()).containsKey(loss);
    }
  }

  private static Settings settings(String name, List<String> changes) {
    return SettingsReader.read(
        Optional.empty(),
        Optional.of("numberline"),
        SmallRun.with(
            SmallRun.HARDLY_WARM,
            HERE,
            Stream.concat(Stream.of("run.name=" + name), changes.stream()).toList()));
  }

  private RunSummary run(Settings settings) {
    return TrainingRun.toItsEnd(settings, folder(settings.run().name()), LearnerListener.none())
        .execute()
        .orElseThrow();
  }

  private void assertVerified(String name) {
    assertThat(gtr("verify", name, "--all-updates")).contains("run " + name + " is what its log");
  }

  private List<Checkpoint> checkpoints(String name) {
    try (var history = RunHistory.open(folder(name), name, SmallRun.PARTITIONS)) {
      return history.checkpoints();
    }
  }

  private String gtr(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--runs";
    all[arguments.length + 1] = home.resolve("runs").toString();
    Answer answer = Answer.of(all);
    assertThat(answer.exitCode()).as(answer.output()).isZero();
    return answer.output();
  }

  private Path folder(String name) {
    return home.resolve("runs").resolve(name);
  }
}
