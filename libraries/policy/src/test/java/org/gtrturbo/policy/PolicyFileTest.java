package org.gtrturbo.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;
import org.junit.jupiter.api.Test;

/**
 * An exported policy is a plain ONNX model that says what it is and computes what the policy
 * computes.
 */
final class PolicyFileTest {
  private static final PolicyFile.Models NO_MODELS =
      (sha256, bytes) -> {
        throw new AssertionError("asked for model " + sha256 + " of " + bytes + " bytes");
      };

  private final PolicySpec spec = SmallPolicy.spec();
  private final Parameters parameters = SmallPolicy.parameters(spec, 5);
  private final byte[] onnx = new PolicyFile(spec, parameters, Map.of("gtr.run", "r")).toOnnx();

  @Test
  void whatIsWrittenIsReadBack() {
    PolicyFile read = PolicyFile.read(onnx);

    assertThat(read.spec()).isEqualTo(spec);
    assertThat(read.parameters().toArray()).isEqualTo(parameters.toArray());
    assertThat(read.metadata()).isEqualTo(Map.of("gtr.run", "r"));
    assertThat(read.toOnnx()).isEqualTo(onnx);
  }

  @Test
  void aStockSessionComputesWhatTheScorerComputes() {
    SplittableRandom random = new SplittableRandom(6);
    ObservationBatch observations = SmallPolicy.observations(spec, 3, random);
    int length = spec.text().generatedTokens();
    int[][] tokens = new int[3][];
    ByteBuffer generated =
        ByteBuffer.allocateDirect(3 * length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < 3; row++) {
      tokens[row] = SmallPolicy.words(spec, length, random);
      for (int token : tokens[row]) {
        generated.putLong(token);
      }
    }
    try (Scorer scorer = new Scorer(spec, 1);
        OnnxSession session = OnnxSession.open(onnx, 1);
        OnnxTensor pixels = observations.pixelTensor();
        OnnxTensor prompts = observations.promptTensor();
        OnnxTensor texts = OnnxSession.tensor(generated.flip(), DataType.INT64, 3, length);
        OnnxSession.Outputs outputs =
            session.run(Map.of("pixels", pixels, "prompt", prompts, "generated", texts))) {
      float[] logits = outputs.floats("logits");
      float[][] expected =
          scorer
              .score(parameters, observations, tokens, new int[] {length, length, length}, 0, 1)
              .topLogProbs();
      int words = spec.vocabularySize();
      for (int row = 0; row < 3; row++) {
        for (int place = 0; place < length; place++) {
          int at = (row * length + place) * words;
          double total = 0;
          for (int word = 0; word < words; word++) {
            total += Math.exp(logits[at + word]);
          }
          for (int word = 0; word < words; word++) {
            assertThat(logits[at + word] - Math.log(total))
                .isCloseTo(expected[row][place * words + word], Offset.offset(1e-4));
          }
        }
      }
      assertThat(session.metadata()).containsEntry("gtr.run", "r").containsKey(PolicyFile.SPEC_KEY);
    }
  }

  @Test
  void whatIsNoPolicyIsRefusedWithTheReason() {
    byte[] junk = "no model".getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> PolicyFile.read(junk)).hasMessageContaining("not an ONNX file");
    assertThatThrownBy(() -> PolicyFile.read(new byte[0]))
        .hasMessageContaining("has no gtr.policy in its metadata");
    assertThatThrownBy(() -> PolicyFile.spec("{\"picture\": {}}", NO_MODELS))
        .hasMessageContaining("not a policy description")
        .hasMessageContaining("at line 1");
    assertThatThrownBy(
            () ->
                PolicyFile.spec(PolicyFile.json(spec).replace("\"heads\"", "\"haeds\""), NO_MODELS))
        .hasMessageContaining("heads");
  }

  @Test
  void aSpecWhoseHeadsDoNotDivideItsWidthIsRefused() {
    assertThatThrownBy(() -> new PolicySpec.TransformerSpec(16, 1, 3, 8))
        .hasMessage("policy heads 3 must divide policy width 16");
  }
}
