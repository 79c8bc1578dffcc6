package org.gtrturbo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.gtrturbo.agents.PolicyOrigin;
import org.gtrturbo.agents.PolicySpecs;
import org.gtrturbo.environments.Environments;
import org.gtrturbo.environments.Rendering;
import org.gtrturbo.policy.PolicyFile;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.VisionLanguageModel;
import org.gtrturbo.policy.files.OnnxModelFile;
import org.gtrturbo.policy.files.WeightFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever an export has written is played, however it keeps its weights. */
@Timeout(60)
class EvalCommandTest {
  @TempDir private Path folder;
  private Path model;
  private PolicyFile policy;

  private record Answer(int exitCode, String said, String errors) {}

  @BeforeEach
  void makeAPolicy() {
    model = folder.resolve("policy.onnx");
    var settings = RecordedRuns.settings("demo", 1);
    var environment = Environments.named("numberline", Rendering.SMALL, 0).spec();
    PolicySpec spec = PolicySpecs.of(environment, settings.policy());
    policy =
        new PolicyFile(
            spec, VisionLanguageModel.initialise(spec, 1), PolicyOrigin.of(settings.environment()));
  }

  @ParameterizedTest
  @EnumSource(WeightFormat.class)
  void aModelIsPlayedAsThePolicyThatItComputes(WeightFormat format) throws Exception {
    policy.write(model, format, OnnxModelFile.LARGEST);
    Path whole = folder.resolve("whole.onnx");
    Files.write(
        whole, new PolicyFile(policy.spec(), policy.restored(format), policy.metadata()).toOnnx());

    Answer answer = eval(model);

    assertThat(answer.exitCode()).as(answer.errors()).isZero();
    assertThat(answer.said().lines())
        .hasSize(2)
        .allMatch(line -> line.contains("% [") && line.contains("of 20 episodes"));
    assertThat(answer).isEqualTo(eval(whole));
  }

  @Test
  void aModelWhoseWeightsLieBesideItIsPlayed() throws Exception {
    policy.write(model, WeightFormat.FP32, 1000);
    assertThat(eval(model).said()).contains("of 20 episodes");

    Files.delete(folder.resolve("policy.onnx.data"));

    assertThat(eval(model))
        .isEqualTo(
            new Answer(
                2,
                "",
                "gtr: %s is not usable: there is no file %s%n"
                    .formatted(model, folder.resolve("policy.onnx.data"))));
  }

  private static Answer eval(Path model) {
    var said = new StringWriter();
    var errors = new StringWriter();
    int exitCode =
        Main.commandLine()
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(errors, true))
            .execute("eval", model.toString(), "--episodes", "20");
    return new Answer(exitCode, said.toString(), errors.toString());
  }
}
