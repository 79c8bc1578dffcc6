package org.gtrturbo.policy;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxTensor;
import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Elements;
import org.gtrturbo.policy.graph.Graph;
import org.gtrturbo.policy.graph.OnnxModel;
import org.gtrturbo.policy.graph.OnnxSession;
import org.gtrturbo.policy.graph.Shape;
import org.gtrturbo.policy.graph.TestTensors;
import org.gtrturbo.policy.graph.Value;
import org.junit.jupiter.api.Test;

/** Which tensors of a file are weights, and that the file computes the same without and with. */
final class ImportedModelTest {
  private static final long[] PICTURE = {1, 1, 2, 2};
  private static final double[] PIXELS = {1, 2, 3, 4};

  /** y is x, resized by float scales beside an empty region, times a factor. */
  private static byte[] resizing() {
    OnnxMl.GraphProto.Builder graph =
        OnnxMl.GraphProto.newBuilder()
            .setName("resizing")
            .addInput(input())
            .addOutput(OnnxMl.ValueInfoProto.newBuilder().setName("y"))
            .addInitializer(floats("region", new double[0], 0))
            .addInitializer(floats("scales", new double[] {1, 1, 2, 3}, 4))
            .addInitializer(floats("factor", new double[] {10}, 1))
            .addNode(
                node("Resize", List.of("x", "region", "scales"), "large")
                    .addAttribute(
                        OnnxMl.AttributeProto.newBuilder()
                            .setName("mode")
                            .setType(OnnxMl.AttributeProto.AttributeType.STRING)
                            .setS(ByteString.copyFromUtf8("nearest"))))
            .addNode(node("Mul", List.of("large", "factor"), "y"));
    return OnnxMl.ModelProto.newBuilder()
        .setIrVersion(8)
        .setGraph(graph)
        .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(17))
        .build()
        .toByteArray();
  }

  private static OnnxMl.ValueInfoProto.Builder input() {
    OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder();
    for (long dimension : PICTURE) {
      shape.addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimValue(dimension));
    }
    return OnnxMl.ValueInfoProto.newBuilder()
        .setName("x")
        .setType(
            OnnxMl.TypeProto.newBuilder()
                .setTensorType(
                    OnnxMl.TypeProto.Tensor.newBuilder()
                        .setElemType(DataType.FLOAT.onnxCode())
                        .setShape(shape)));
  }

  private static TensorProto.Builder floats(String name, double[] numbers, long length) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.FLOAT.onnxCode())
        .addDims(length)
        .setRawData(ByteString.copyFrom(Elements.encode(DataType.FLOAT, numbers)));
  }

  private static OnnxMl.NodeProto.Builder node(
      String operator, List<String> inputs, String output) {
    return OnnxMl.NodeProto.newBuilder().setOpType(operator).addAllInput(inputs).addOutput(output);
  }

  @Test
  void whatPicturesAreResizedToIsNoWeight() {
    ImportedModel.Separated separated = ImportedModel.separate(resizing(), Set.of());

    assertThat(separated.model().layout().slots())
        .extracting(ParameterLayout.Slot::name)
        .containsExactly("factor");
  }

  @Test
  void aPictureIsResizedAsTheFileItselfDoes() {
    ImportedModel model = ImportedModel.separate(resizing(), Set.of()).model();
    Graph graph = new Graph(DataType.FLOAT);
    Value x = graph.input("x", DataType.FLOAT, PICTURE);
    Value ten = graph.constant(DataType.FLOAT, new double[] {10}, 1);
    Map<String, Value> inputs = Map.of("x", x, "factor", ten);
    Value y = model.graph().into(graph, inputs, Map.of()).get("y");
    graph.output("y", y);

    assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 4, 6));
    assertThat(run(OnnxModel.write(graph, "test", Map.of()))).containsExactly(run(resizing()));
  }

  @Test
  void aFileThatIsFilledAgainIsTheFileThatItWas() {
    ImportedModel.Separated separated = ImportedModel.separate(resizing(), Set.of());

    assertThat(separated.model().filled(separated.weights(), Map.of())).isEqualTo(resizing());
    assertThat(ImportedModel.of(separated.model().bytes())).isEqualTo(separated.model());
  }

  private static double[] run(byte[] onnx) {
    try (OnnxTensor x = TestTensors.of(DataType.FLOAT, PIXELS, PICTURE);
        OnnxSession session = OnnxSession.open(onnx, 1);
        OnnxSession.Outputs outputs = session.run(Map.of("x", x))) {
      return TestTensors.numbers(outputs.tensor("y"));
    }
  }
}
