package org.gtrturbo.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be done is answered with what is wrong and what to do, and with an exit code. */
@Timeout(60)
class CommandLineTest {
  @TempDir private Path folder;

  private record Answer(int exitCode, String errors) {}

  @Test
  void everyCommandExplainsItselfWhenAsked() {
    assertThat(Main.commandLine().getSubcommands().keySet())
        .isNotEmpty()
        .allSatisfy(
            command -> {
              var said = new StringWriter();
              var line = Main.commandLine().setOut(new PrintWriter(said));
              assertThat(line.execute(command, "--help")).isZero();
              assertThat(said.toString()).startsWith("Usage: gtr " + command);
            });
  }

  @Test
  void anUnknownSettingIsRefusedWithTheNearestOne() {
    assertThat(run("--set", "learner.epoch=2"))
        .isEqualTo(
            new Answer(
                2,
                "gtr: unknown setting learner.epoch; the nearest is learner.epochs"
                    + " (override learner.epoch=2)\n"));
  }

  @Test
  void mergingThatDoesNotFitThePolicyIsRefusedBeforeAnythingIsStarted() {
    Answer tensors = run("--name", "misspelt", "--set", "teacher.ruleSettings=exclude=norn.*");
    Answer rule = run("--name", "misspelt", "--set", "teacher.ruleSettings=densty=0.2");

    assertThat(tensors.exitCode()).isEqualTo(2);
    assertThat(tensors.errors())
        .startsWith(
            "gtr: teacher.ruleSettings does not fit the policy: the model has no tensor norn.*;"
                + " it has ")
        .hasLineCount(1);
    assertThat(rule.exitCode()).isEqualTo(2);
    assertThat(rule.errors()).contains("rule ema has no setting densty").hasLineCount(1);
    // Else the run that corrects it would be refused as one with other settings.
    assertThat(folder.resolve("misspelt").resolve("settings.yaml")).doesNotExist();
    assertThat(folder.resolve("misspelt").resolve("broker")).doesNotExist();
  }

  @Test
  void trainingThatDoesNotFitThePolicyIsRefusedBeforeAnythingIsStarted() {
    Answer groups = run("--name", "ungrouped", "--set", "training.groups=blok.* frozen");
    Answer adapters = run("--name", "ungrouped", "--set", "training.lora.targets=blok.*");

    assertThat(groups.exitCode()).isEqualTo(2);
    assertThat(groups.errors())
        .startsWith("gtr: training does not fit the policy: no tensor is called blok.*; there are ")
        .hasLineCount(1);
    assertThat(adapters.exitCode()).isEqualTo(2);
    assertThat(adapters.errors()).contains("no tensor is called blok.*").hasLineCount(1);
    assertThat(folder.resolve("ungrouped").resolve("settings.yaml")).doesNotExist();
  }

  @Test
  void anUnknownEnvironmentIsRefusedWithThoseThatThereAre() {
    Answer answer = run("--env", "chess");

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors())
        .contains("environment.name", "chess", "numberline", "ezpoints", "threecards")
        .hasLineCount(1);
  }

  @Test
  void aSettingsFileThatIsNotThereIsNamed() {
    Path missing = folder.resolve("missing.yaml");

    Answer answer = run("--settings", missing.toString());

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors()).contains("there is no settings file " + missing).hasLineCount(1);
  }

  @Test
  void aClusterThatDoesNotAnswerEndsTheRunWithItsAddress() {
    Answer answer = run("--bootstrap", "localhost:1");

    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.errors())
        .contains("no Kafka broker answers at localhost:1", "kafka.bootstrap")
        .hasLineCount(1);
  }

  @Test
  void aGpuThatCannotBeUsedEndsTheRunWithAllThatIsMissing() {
    for (String service : List.of("device.learner=cuda", "device.actor=cuda")) {
      Answer answer = run("--set", service);

      assertThat(answer.exitCode()).isEqualTo(1);
      // The tests' native libraries are those of the jar, on a machine with a GPU as well.
      assertThat(answer.errors())
          .startsWith("gtr: cuda:0 cannot be used. Missing: ONNX Runtime for CUDA")
          .contains("-Pcuda13", "device.fallback=cpu")
          .hasLineCount(1);
    }
  }

  @Test
  void theDevicesAreToldWithWhatIsMissing() {
    PrintStream before = System.out;
    var said = new ByteArrayOutputStream();
    System.setOut(new PrintStream(said, true, UTF_8));
    try {
      assertThat(answer(List.of("devices"))).isEqualTo(new Answer(0, ""));
    } finally {
      System.setOut(before);
    }
    assertThat(said.toString(UTF_8))
        .contains("cpu        usable")
        .contains("missing: ONNX Runtime for CUDA");
  }

  @Test
  void aServiceAloneAsksForACluster() {
    for (String service : List.of("actor", "learner", "merger")) {
      Answer answer = answer(List.of(service, "--runs", folder.toString()));

      assertThat(answer.exitCode()).isEqualTo(2);
      assertThat(answer.errors()).contains("give --bootstrap HOST:PORT", "gtr run").hasLineCount(1);
    }
  }

  @Test
  void aClientPropertyThatTheProductSetsIsRefusedBeforeAnythingIsStarted() throws IOException {
    Path file = Files.writeString(folder.resolve("client.properties"), "acks=1\n");

    for (String command : List.of("run", "topics", "actor", "learner", "merger")) {
      Answer answer =
          answer(
              List.of(
                  command,
                  "--runs",
                  folder.toString(),
                  "--bootstrap",
                  "localhost:1",
                  "--set",
                  "kafka.clientProperties=" + file));

      assertThat(answer.exitCode()).isEqualTo(2);
      assertThat(answer.errors())
          .startsWith("gtr: " + file + ":1: acks is no security setting")
          .hasLineCount(1);
    }
  }

  @Test
  void aRunOnAGuardedClusterIsLookedForWithTheClientPropertiesGiven() throws IOException {
    Path file = Files.writeString(folder.resolve("client.properties"), "acks=1\n");
    Files.createDirectory(folder.resolve("demo"));

    for (String command :
        List.of(
            "replay demo",
            "verify demo",
            "teacher list demo",
            "lineage demo teacher newest",
            "export demo teacher -o model.onnx")) {
      List<String> all = new ArrayList<>(List.of(command.split(" ")));
      all.addAll(
          List.of(
              "--runs",
              folder.toString(),
              "--bootstrap",
              "localhost:1",
              "--client-properties",
              file.toString()));

      assertThat(answer(all).errors())
          .as(command)
          .startsWith("gtr: " + file + ":1: acks is no security setting")
          .hasLineCount(1);
    }
  }

  @Test
  void clientPropertiesAloneDoNotSayWhichCluster() throws IOException {
    Files.createDirectory(folder.resolve("demo"));

    assertThat(
            answer(
                    List.of(
                        "verify",
                        "demo",
                        "--runs",
                        folder.toString(),
                        "--client-properties",
                        "client.properties"))
                .errors())
        .contains("there is no run in " + folder.resolve("demo"), "give the --bootstrap")
        .hasLineCount(1);
  }

  @Test
  void aModelThatIsNotThereIsNamed() {
    Path missing = folder.resolve("missing.onnx");

    assertThat(answer(List.of("eval", missing.toString())))
        .isEqualTo(new Answer(2, "gtr: there is no file " + missing + "\n"));
  }

  @Test
  void aFileThatIsNoModelIsNamed() throws IOException {
    Path text = Files.writeString(folder.resolve("text.onnx"), "this is no model");

    Answer answer = answer(List.of("eval", text.toString()));

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors()).startsWith("gtr: " + text + ": not an ONNX file").hasLineCount(1);
  }

  @Test
  void anEmptyFileIsNoModel() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.onnx"));

    Answer answer = answer(List.of("eval", empty.toString()));

    assertThat(answer.exitCode()).isEqualTo(2);
    assertThat(answer.errors()).startsWith("gtr: " + empty + ": the ONNX file has no ");
  }

  private Answer run(String... arguments) {
    var all = new ArrayList<>(List.of("run", "--runs", folder.toString()));
    all.addAll(List.of(arguments));
    return answer(all);
  }

  private static Answer answer(List<String> arguments) {
    var errors = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setErr(new PrintWriter(errors, true))
            .execute(arguments.toArray(String[]::new));
    return new Answer(exitCode, errors.toString());
  }
}
