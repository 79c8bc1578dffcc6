package org.gtrturbo.policy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Gradients;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Operators;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.Value;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Policies that PyTorch has exported compute here what they compute there: outputs, a loss and its
 * gradient; they write what they score, and come back from an exported file as they were.
 */
final class ImportedPolicyTest {
  private static final Path POLICIES = Path.of("../../examples/policies");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What PyTorch said of two observations, and how long its gradient was. */
  private record Golden(JsonNode content) {
    static Golden of(String name) throws IOException {
      try (InputStream in =
          ImportedPolicyTest.class.getResourceAsStream("/imported/" + name + ".json")) {
        return new Golden(JSON.readTree(in));
      }
    }

    ObservationBatch observations(PolicySpec spec) throws IOException {
      int[] pixels = JSON.treeToValue(content.get("pixels"), int[].class);
      int[][] prompts = JSON.treeToValue(content.get("prompt"), int[][].class);
      ObservationBatch batch = new ObservationBatch(spec, prompts.length);
      int size = spec.picture().pixels();
      for (int row = 0; row < prompts.length; row++) {
        byte[] picture = new byte[size];
        for (int pixel = 0; pixel < size; pixel++) {
          picture[pixel] = (byte) pixels[row * size + pixel];
        }
        batch.add(picture, prompts[row]);
      }
      return batch;
    }

    int[][] generated() throws IOException {
      return JSON.treeToValue(content.get("generated"), int[][].class);
    }

    float[] numbers(String name) throws IOException {
      return JSON.treeToValue(content.get(name), float[].class);
    }

    double number(String name) {
      return content.get(name).asDouble();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "cnn"})
  void outputsLossAndGradientAreThoseOfPyTorch(String name) throws IOException {
    PolicyFolder policy = PolicyFolder.read(POLICIES.resolve(name));
    Golden golden = Golden.of(name);

    try (OnnxSession session =
            OnnxSession.open(OnnxModel.write(lossGraph(policy), "loss", Map.of()), 1);
        OnnxTensor weights = weights(policy);
        OnnxTensor pixels = golden.observations(policy.spec()).pixelTensor();
        OnnxTensor prompts = golden.observations(policy.spec()).promptTensor();
        OnnxTensor texts = tensor(golden.generated());
        OnnxSession.Outputs outputs =
            session.run(
                Map.of(
                    "parameters", weights,
                    "pixels", pixels,
                    "prompt", prompts,
                    "generated", texts))) {
      assertThat(outputs.floats("logits"))
          .containsExactly(golden.numbers("logits"), Offset.offset(2e-5f));
      assertThat(outputs.floats("value"))
          .containsExactly(golden.numbers("value"), Offset.offset(2e-5f));
      assertThat((double) outputs.floats("loss")[0])
          .isCloseTo(golden.number("loss"), Offset.offset(1e-5));
      assertThat((double) outputs.floats("gradientNorm")[0])
          .isCloseTo(
              golden.number("gradientNorm"), Offset.offset(1e-4 * golden.number("gradientNorm")));
    }
  }

  private static Graph lossGraph(PolicyFolder policy) {
    PolicySpec spec = policy.spec();
    Graph graph = new Graph(DataType.FLOAT);
    Operators op = graph.operators();
    Value flat = graph.input("parameters", DataType.FLOAT, policy.weights().layout().size());
    var observations = PolicyNetwork.ObservationInputs.in(graph, spec);
    Value generated =
        graph.input("generated", DataType.INT64, Shape.DYNAMIC, spec.text().generatedTokens());
    var evaluation =
        PolicyNetwork.over(spec, graph, flat)
            .evaluate(observations.pixels(), observations.prompt(), generated);
    Value logProbs =
        op.squeeze(
            op.gatherElements(op.logSoftmax(evaluation.logits()), op.unsqueeze(generated, -1)), -1);
    Value loss = op.subtract(op.mean(op.square(evaluation.value())), op.mean(logProbs));
    Value gradient = Gradients.of(graph, loss, List.of(flat)).getFirst();
    graph.output("logits", evaluation.logits());
    graph.output("value", evaluation.value());
    graph.output("loss", loss);
    graph.output("gradientNorm", op.sqrt(op.sum(op.square(gradient))));
    return graph;
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "cnn"})
  void whatIsWrittenTokenByTokenIsWhatIsScoredInOnePass(String name) {
    PolicyFolder policy = PolicyFolder.read(POLICIES.resolve(name));
    PolicySpec spec = policy.spec();
    SplittableRandom random = new SplittableRandom(3);
    int size = 40;
    ObservationBatch observations = SmallPolicy.observations(spec, size, random);
    float[] draws = SmallPolicy.draws(spec, size, random);

    try (Generator generator = new Generator(spec, 1);
        Scorer scorer = new Scorer(spec, 1)) {
      Generation written =
          generator.generate(policy.weights(), observations, Sampling.at(0.8), draws);
      int[] places = Arrays.stream(written.tokens()).mapToInt(tokens -> tokens.length).toArray();
      TokenScores scores =
          scorer.score(policy.weights(), observations, written.tokens(), places, 0, 0.8);

      for (int row = 0; row < size; row++) {
        assertThat(written.logProbs()[row])
            .containsExactly(scores.logProbs()[row], Offset.offset(3e-5f));
      }
      assertThat(Arrays.stream(places).distinct().count()).isGreaterThan(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "cnn"})
  void anExportedPolicyIsTheFileThatItCameFromWithItsWeightsOfNow(String name) throws IOException {
    PolicyFolder policy = PolicyFolder.read(POLICIES.resolve(name));
    Parameters moved = Parameters.of(policy.weights().layout(), policy.weights().toArray());
    moved.set(7, 1.5f);
    byte[] onnx = new PolicyFile(policy.spec(), moved, Map.of("gtr.run", "r")).toOnnx();

    PolicyFile read = PolicyFile.read(onnx);
    assertThat(read.spec()).isEqualTo(policy.spec());
    assertThat(read.parameters().toArray()).isEqualTo(moved.toArray());
    assertThat(read.metadata()).isEqualTo(Map.of("gtr.run", "r"));
    assertThat(read.toOnnx()).isEqualTo(onnx);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "cnn"})
  void aStockSessionRunsAnExportedPolicyUnderItsOwnNames(String name) throws IOException {
    PolicyFolder policy = PolicyFolder.read(POLICIES.resolve(name));
    byte[] onnx = new PolicyFile(policy.spec(), policy.weights(), Map.of()).toOnnx();
    Golden golden = Golden.of(name);
    PolicySpec.Ports.Inputs names =
        ((PolicySpec.ImportedSpec) policy.spec().network()).ports().inputs();

    try (OnnxSession session = OnnxSession.open(onnx, 1);
        OnnxTensor pixels = asTheModelTakesIt(policy.spec(), golden);
        OnnxTensor prompts = golden.observations(policy.spec()).promptTensor();
        OnnxTensor texts = tensor(golden.generated());
        OnnxSession.Outputs outputs =
            session.run(
                Map.of(
                    names.pixels(), pixels, names.prompt(), prompts, names.generated(), texts))) {
      assertThat(outputs.floats("logits"))
          .containsExactly(golden.numbers("logits"), Offset.offset(2e-5f));
      assertThat(outputs.floats("value"))
          .containsExactly(golden.numbers("value"), Offset.offset(2e-5f));
    }
  }

  /** With one channel, channels first and channels last are the same bytes. */
  private static OnnxTensor asTheModelTakesIt(PolicySpec spec, Golden golden) throws IOException {
    var picture = spec.picture();
    int[] pixels = JSON.treeToValue(golden.content().get("pixels"), int[].class);
    int size = pixels.length / picture.pixels();
    if (!spec.network().toString().contains("pixels=image")) {
      return golden.observations(spec).pixelTensor();
    }
    ByteBuffer floats =
        ByteBuffer.allocateDirect(pixels.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int pixel : pixels) {
      floats.putFloat(pixel / 255f);
    }
    return OnnxSession.tensor(
        floats.flip(), DataType.FLOAT, size, 1, picture.height(), picture.width());
  }

  @ParameterizedTest
  @ValueSource(strings = {"vit", "cnn"})
  void aDescriptionInAStoreNamesTheNetworkByItsHash(String name) {
    PolicySpec spec = PolicyFolder.read(POLICIES.resolve(name)).spec();
    ImportedModel model = ((PolicySpec.ImportedSpec) spec.network()).model();
    String json = PolicyFile.json(spec);

    PolicySpec read =
        PolicyFile.spec(
            json,
            (sha256, bytes) -> {
              assertThat(sha256).isEqualTo(model.sha256());
              assertThat(bytes).isEqualTo(model.bytes().length);
              return model.bytes();
            });

    assertThat(read).isEqualTo(spec);
    assertThat(PolicyFile.json(read)).isEqualTo(json);
    assertThat(model.bytes().length).as("bytes without weights").isLessThan(64 << 10);
  }

  private static OnnxTensor weights(PolicyFolder policy) {
    return OnnxSession.tensor(
        policy.weights().buffer(), DataType.FLOAT, policy.weights().layout().size());
  }

  private static OnnxTensor tensor(int[][] tokens) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(tokens.length * tokens[0].length * Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int[] row : tokens) {
      for (int token : row) {
        buffer.putLong(token);
      }
    }
    return OnnxSession.tensor(buffer.flip(), DataType.INT64, tokens.length, tokens[0].length);
  }
}
