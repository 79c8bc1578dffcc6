package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import org.gtrturbo.agents.PolicyWeights;
import org.gtrturbo.agents.WeightBlobs;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.policy.ObservationBatch;
import org.gtrturbo.policy.Scorer;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.OnnxSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The teacher's ONNX file, opened in plain ONNX Runtime. */
class TeacherModelTest {
  private static final MergePlan PLAN = new MergePlan(new Ema(0.25), 1);
  private static final int[] TOKENS = {1, 4, 3, 5};
  private static final int WORDS = RecordedRun.SPEC.vocabularySize();

  @TempDir Path folder;

  @Test
  void theModelGivesTheTeachersOwnDistributions() {
    var blobs = new FolderBlobStore(folder);
    Teacher teacher = new RecordedRun(blobs).undisturbed(PLAN, 3).getLast();
    PolicyWeights weights = new WeightBlobs(blobs).load(teacher);
    var observations = observation();

    float[] logits = logits(bytes(blobs.get(teacher.getOnnx())), observations);

    try (var scorer = new Scorer(RecordedRun.SPEC, 1)) {
      float[] expected =
          scorer.score(
                  weights.parameters(),
                  observations,
                  new int[][] {TOKENS},
                  new int[] {TOKENS.length},
                  0,
                  1)
              .topLogProbs()[0];
      assertThat(logits).hasSameSizeAs(expected);
      for (int place = 0; place < TOKENS.length; place++) {
        double[] logProbs = logSoftmax(logits, place * WORDS);
        for (int word = 0; word < WORDS; word++) {
          assertThat(logProbs[word]).isCloseTo(expected[place * WORDS + word], within(1e-4));
        }
      }
    }
  }

  @Test
  void theModelSaysWhereItComesFrom() {
    var blobs = new FolderBlobStore(folder);
    var teachers = new RecordedRun(blobs).undisturbed(PLAN, 2);
    Teacher teacher = teachers.get(2);

    try (var session = OnnxSession.open(bytes(blobs.get(teacher.getOnnx())), 1)) {
      assertThat(session.metadata())
          .containsAllEntriesOf(
              Map.of(
                  "gtr.run", "recorded",
                  "gtr.teacher.version", "2",
                  "gtr.teacher.hash", teacher.getHash(),
                  "gtr.teacher.parent", teachers.get(1).getHash(),
                  "gtr.teacher.merged", "2",
                  "gtr.checkpoint.hash", "checkpoint-2",
                  "gtr.rule", "ema",
                  "gtr.rule.alpha", "0.25",
                  "gtr.rule.everyCheckpoints", "1",
                  "gtr.inputs",
                      "[{\"kind\":\"CHECKPOINT\",\"version\":2,\"hash\":\"checkpoint-2\","
                          + "\"weight\":0.25},{\"kind\":\"TEACHER\",\"version\":1,\"hash\":\""
                          + teachers.get(1).getHash()
                          + "\",\"weight\":0.75}]"));
    }
  }

  private static ObservationBatch observation() {
    var observations = new ObservationBatch(RecordedRun.SPEC, 1);
    byte[] picture = new byte[RecordedRun.SPEC.picture().pixels()];
    for (int pixel = 0; pixel < picture.length; pixel++) {
      picture[pixel] = (byte) (17 * pixel);
    }
    observations.add(picture, new int[] {1, 2, 4});
    return observations;
  }

  private static float[] logits(byte[] model, ObservationBatch observations) {
    var tokens =
        ByteBuffer.allocateDirect(TOKENS.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int place = 0; place < TOKENS.length; place++) {
      tokens.putLong(place * Long.BYTES, TOKENS[place]);
    }
    try (var session = OnnxSession.open(model, 1);
        OnnxTensor pixels = observations.pixelTensor();
        OnnxTensor prompt = observations.promptTensor();
        OnnxTensor generated = OnnxSession.tensor(tokens, DataType.INT64, 1, TOKENS.length);
        var outputs =
            session.run(Map.of("pixels", pixels, "prompt", prompt, "generated", generated))) {
      return outputs.floats("logits");
    }
  }

  private static double[] logSoftmax(float[] logits, int start) {
    double[] exponentials = new double[WORDS];
    double sum = 0;
    for (int word = 0; word < WORDS; word++) {
      exponentials[word] = Math.exp(logits[start + word]);
      sum += exponentials[word];
    }
    double[] logProbs = new double[WORDS];
    for (int word = 0; word < WORDS; word++) {
      logProbs[word] = Math.log(exponentials[word] / sum);
    }
    return logProbs;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
