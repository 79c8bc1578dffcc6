package org.gtrturbo.policy.graph;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.util.Map;
import java.util.TreeMap;

/** Writes graphs as ONNX models. */
public final class OnnxModel {
  /** The ONNX operator set that every graph here is written in. */
  static final int OPSET = 18;

  // IR 8 belongs to opset 18: readers of that age open the file.
  private static final int IR_VERSION = 8;

  private OnnxModel() {}

  /**
   * The graph as the bytes of an {@code .onnx} file; equal graphs give equal bytes.
   *
   * @param metadata key-value pairs that any ONNX reader shows beside the model
   */
  public static byte[] write(Graph graph, String name, Map<String, String> metadata) {
    OnnxMl.ModelProto.Builder model =
        OnnxMl.ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("gtr-turbo-streams")
            .setGraph(graphProto(graph, name))
            .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET));
    new TreeMap<>(metadata)
        .forEach(
            (key, value) ->
                model.addMetadataProps(
                    OnnxMl.StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build().toByteArray();
  }

  private static OnnxMl.GraphProto graphProto(Graph graph, String name) {
    OnnxMl.GraphProto.Builder proto = OnnxMl.GraphProto.newBuilder().setName(name);
    graph.inputs().forEach(input -> proto.addInput(valueInfo(input)));
    graph.outputs().forEach(output -> proto.addOutput(valueInfo(output)));
    graph.constants().forEach(constant -> proto.addInitializer(tensor(constant)));
    graph.nodes().forEach(node -> proto.addNode(nodeProto(node)));
    return proto.build();
  }

  private static OnnxMl.ValueInfoProto valueInfo(Value value) {
    OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder();
    for (long dimension : value.shape().toArray()) {
      OnnxMl.TensorShapeProto.Dimension.Builder proto =
          OnnxMl.TensorShapeProto.Dimension.newBuilder();
      if (dimension != Shape.DYNAMIC) {
        proto.setDimValue(dimension);
      }
      shape.addDim(proto);
    }
    return OnnxMl.ValueInfoProto.newBuilder()
        .setName(value.name())
        .setType(
            OnnxMl.TypeProto.newBuilder()
                .setTensorType(
                    OnnxMl.TypeProto.Tensor.newBuilder()
                        .setElemType(value.type().onnxCode())
                        .setShape(shape)))
        .build();
  }

  private static OnnxMl.TensorProto tensor(Constant constant) {
    OnnxMl.TensorProto.Builder proto =
        OnnxMl.TensorProto.newBuilder()
            .setName(constant.value().name())
            .setDataType(constant.value().type().onnxCode())
            .setRawData(ByteString.copyFrom(constant.contents()));
    for (long dimension : constant.value().shape().toArray()) {
      proto.addDims(dimension);
    }
    return proto.build();
  }

  private static OnnxMl.NodeProto nodeProto(Node node) {
    OnnxMl.NodeProto.Builder proto = OnnxMl.NodeProto.newBuilder().setOpType(node.operator());
    node.inputs().forEach(input -> proto.addInput(input.name()));
    node.outputs().forEach(output -> proto.addOutput(output.name()));
    new TreeMap<>(node.attributes())
        .forEach((key, value) -> proto.addAttribute(attribute(key, value)));
    return proto.build();
  }

  private static OnnxMl.AttributeProto attribute(String name, Object value) {
    OnnxMl.AttributeProto.Builder proto = OnnxMl.AttributeProto.newBuilder().setName(name);
    switch (value) {
      case Long number -> proto.setType(OnnxMl.AttributeProto.AttributeType.INT).setI(number);
      case Float number -> proto.setType(OnnxMl.AttributeProto.AttributeType.FLOAT).setF(number);
      case String text ->
          proto
              .setType(OnnxMl.AttributeProto.AttributeType.STRING)
              .setS(ByteString.copyFromUtf8(text));
      case long[] numbers -> {
        proto.setType(OnnxMl.AttributeProto.AttributeType.INTS);
        for (long number : numbers) {
          proto.addInts(number);
        }
      }
      case DataType type ->
          proto.setType(OnnxMl.AttributeProto.AttributeType.INT).setI(type.onnxCode());
      case Graph body ->
          proto.setType(OnnxMl.AttributeProto.AttributeType.GRAPH).setG(graphProto(body, name));
      default ->
          throw new IllegalArgumentException(
              "attribute " + name + " has the unsupported type " + value.getClass().getName());
    }
    return proto.build();
  }
}
