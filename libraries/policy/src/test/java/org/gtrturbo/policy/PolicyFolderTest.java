package org.gtrturbo.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a policy that is brought is said before a run begins, with the way round. */
final class PolicyFolderTest {
  private static final Path CNN = Path.of("../../examples/policies/cnn");
  private static final float[] NOT_FINITE = {1, Float.NEGATIVE_INFINITY};

  @TempDir private Path folder;

  @Test
  void anInputThatTheModelLacksIsNamedBesideThoseThatItHas() throws IOException {
    assertDescriptionRefused(
            json -> json.replace("\"prompt\": \"prompt\"", "\"prompt\": \"question\""))
        .hasMessageContaining("the model has the inputs [generated, pixels, prompt]")
        .hasMessageContaining("[pixels, question, generated]")
        .hasMessageContaining("onnx.inputs in policy.json");
  }

  @Test
  void anInputThatNobodyFillsIsNamed() throws IOException {
    assertModelRefused(
            graph -> {
              graph.addInput(graph.getInput(1).toBuilder().setName("legal"));
            })
        .hasMessageContaining("the model has the inputs [generated, legal, pixels, prompt]");
  }

  @Test
  void anOutputThatTheModelLacksIsNamed() throws IOException {
    assertDescriptionRefused(json -> json.replace("\"value\": \"value\"", "\"value\": \"critic\""))
        .hasMessageContaining("the model has no output critic among [logits, value]");
  }

  @Test
  void aPictureOfAnotherSizeIsRefusedWithBothShapes() throws IOException {
    assertDescriptionRefused(json -> json.replace("\"width\": 32", "\"width\": 40"))
        .hasMessageContaining("input pixels is UINT8(?×16×32×1)")
        .hasMessageContaining("(N, 16, 40, 1) or (N, 1, 16, 40)");
  }

  @Test
  void aPromptOfAnotherLengthIsRefusedWithBothLengths() throws IOException {
    assertDescriptionRefused(json -> json.replace("\"promptTokens\": 2", "\"promptTokens\": 3"))
        .hasMessageContaining("input prompt has 2 places, text.promptTokens in policy.json says 3");
  }

  @Test
  void aBatchOfFixedSizeIsRefusedWithHowToOpenIt() throws IOException {
    assertModelRefused(graph -> fixBatch(graph.getInputBuilder(0)))
        .hasMessageContaining("input pixels has a fixed batch of 2")
        .hasMessageContaining("dynamic_axes={'pixels': {0: 'batch'}}");
  }

  @Test
  void aVocabularyOfAnotherSizeThanTheLogitsIsRefused() throws IOException {
    assertDescriptionRefused(json -> json.replace("\"soft\"", "\"soft\",\n \"loud\""))
        .hasMessageContaining("the logits have the shape (?×12×40)")
        .hasMessageContaining("those of the 41 words in policy.json would have (N, G, 41)");
  }

  @Test
  void anOperatorThatIsNotCoveredIsNamedWithTheWayRound() throws IOException {
    assertModelRefused(graph -> through(graph, "logits", "Det"))
        .hasMessageContaining("operator Det")
        .hasMessageContaining("not covered");
  }

  @Test
  void logitsThatLookAtTheirOwnTokenAreRefused() throws IOException {
    assertModelRefused(PolicyFolderTest::padEvenly)
        .hasMessageContaining("the logits at place")
        .hasMessageContaining("mask attention causally");
  }

  @Test
  void constantsAreNotTrainedAndUnknownOnesAreRefused() throws IOException {
    write(json -> json.replace("\"file\"", "\"constants\": [\"positions\"], \"file\""), _ -> {});
    PolicyFolder read = PolicyFolder.read(folder);

    assertThat(read.weights().layout().slots())
        .extracting(ParameterLayout.Slot::name)
        .contains("words.weight")
        .doesNotContain("positions");
    assertDescriptionRefused(
            json -> json.replace("\"file\"", "\"constants\": [\"mask\"], \"file\""))
        .hasMessageContaining("the ONNX file has no initializers [mask]");
  }

  @Test
  void aMaskAmongTheWeightsIsRefusedWithTheRemedy() throws IOException {
    assertModelRefused(
            graph ->
                graph.addInitializer(
                    TensorProto.newBuilder()
                        .setName("mask")
                        .setDataType(TensorProto.DataType.FLOAT_VALUE)
                        .addDims(NOT_FINITE.length)
                        .addFloatData(NOT_FINITE[0])
                        .addFloatData(NOT_FINITE[1])))
        .hasMessageContaining("initializer mask holds -Infinity")
        .hasMessageContaining("onnx.constants in policy.json");
  }

  @Test
  void weightsOfHalfPrecisionAreRefused() throws IOException {
    assertModelRefused(
            graph ->
                graph.addInitializer(
                    TensorProto.newBuilder()
                        .setName("half")
                        .setDataType(TensorProto.DataType.FLOAT16_VALUE)
                        .addDims(1)
                        .setRawData(ByteString.copyFrom(new byte[2]))))
        .hasMessageContaining("initializer half is FLOAT16")
        .hasMessageContaining("model.float()");
  }

  @Test
  void filesThatAreMissingOrNoModelsAreNamed() throws IOException {
    assertThatThrownBy(() -> PolicyFolder.read(folder))
        .hasMessageContaining("there is no file " + folder.resolve("policy.json"));
    Files.copy(CNN.resolve("policy.json"), folder.resolve("policy.json"));
    assertThatThrownBy(() -> PolicyFolder.read(folder))
        .hasMessageContaining("there is no file " + folder.resolve("policy.onnx"));
    Files.write(folder.resolve("policy.onnx"), "no model".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> PolicyFolder.read(folder))
        .hasMessageContaining("the policy in " + folder + " cannot be used: not an ONNX file");
  }

  private AbstractThrowableAssert<?, ?> assertDescriptionRefused(UnaryOperator<String> description)
      throws IOException {
    write(description, _ -> {});
    return assertThatThrownBy(() -> PolicyFolder.read(folder))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private AbstractThrowableAssert<?, ?> assertModelRefused(Consumer<GraphProto.Builder> model)
      throws IOException {
    write(UnaryOperator.identity(), model);
    return assertThatThrownBy(() -> PolicyFolder.read(folder))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** The CNN's folder with its description and its model changed. */
  private void write(UnaryOperator<String> description, Consumer<GraphProto.Builder> model)
      throws IOException {
    String json = Files.readString(CNN.resolve("policy.json"));
    Files.writeString(folder.resolve("policy.json"), description.apply(json));
    ModelProto.Builder proto =
        ModelProto.parseFrom(Files.readAllBytes(CNN.resolve("policy.onnx"))).toBuilder();
    model.accept(proto.getGraphBuilder());
    Files.write(folder.resolve("policy.onnx"), proto.build().toByteArray());
  }

  private static void fixBatch(ValueInfoProto.Builder input) {
    input.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().getDimBuilder(0).setDimValue(2);
  }

  /** Sends an output through one more operator. */
  private static void through(GraphProto.Builder graph, String output, String operator) {
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      if (node.getOutput(0).equals(output)) {
        node.setOutput(0, "before");
      }
    }
    graph.addNode(NodeProto.newBuilder().setOpType(operator).addInput("before").addOutput(output));
  }

  /** The convolution over the text with as much padding behind as before. */
  private static void padEvenly(GraphProto.Builder graph) {
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      if (node.getOpType().equals("Conv") && node.getInput(1).equals("read.weight")) {
        node.getAttributeBuilderList().stream()
            .filter(attribute -> attribute.getName().equals("pads"))
            .forEach(attribute -> attribute.clearInts().addInts(3).addInts(3));
      }
    }
  }
}
