package org.gtrturbo.policy.graph.reading;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gtrturbo.policy.graph.DataType;
import org.gtrturbo.policy.graph.Shape;

/**
 * Reads ONNX files that were exported elsewhere: operator sets 17 to 21 of the standard domain,
 * with all tensors inside the file.
 */
public final class OnnxGraphReader {
  private static final long OLDEST_OPSET = 17;
  private static final long NEWEST_OPSET = 21;

  private OnnxGraphReader() {}

  /**
   * @throws UnreadableModelException if the file is no ONNX model, or one in a form not read here
   */
  public static ImportedGraph read(Path file) {
    try {
      return read(Files.readAllBytes(file));
    } catch (IOException failed) {
      throw new UncheckedIOException("the model " + file + " cannot be read", failed);
    } catch (UnreadableModelException unreadable) {
      throw new UnreadableModelException("the model " + file + " is not usable", unreadable);
    }
  }

  /**
   * @param file the bytes of an {@code .onnx} file
   * @throws UnreadableModelException if they are no ONNX model, or one in a form not read here
   */
  public static ImportedGraph read(byte[] file) {
    OnnxMl.ModelProto model;
    try {
      model = OnnxMl.ModelProto.parseFrom(file);
    } catch (InvalidProtocolBufferException broken) {
      throw new UnreadableModelException("these bytes are no ONNX model", broken);
    }
    if (!model.hasGraph()) {
      throw new UnreadableModelException("the file holds no graph; is it an ONNX model?");
    }
    if (model.getFunctionsCount() > 0) {
      throw new UnreadableModelException(
          "the model defines functions of its own; inline them when exporting"
              + " (onnx.inliner.inline_local_functions)");
    }
    return new ImportedGraph(
        body(model.getGraph()), opset(model), inputs(model.getGraph()), metadata(model));
  }

  private static long opset(OnnxMl.ModelProto model) {
    for (OnnxMl.OperatorSetIdProto opset : model.getOpsetImportList()) {
      if (isStandard(opset.getDomain())) {
        if (opset.getVersion() < OLDEST_OPSET || opset.getVersion() > NEWEST_OPSET) {
          throw new UnreadableModelException(
              "the model uses operator set "
                  + opset.getVersion()
                  + "; export it with opset_version from "
                  + OLDEST_OPSET
                  + " to "
                  + NEWEST_OPSET);
        }
        return opset.getVersion();
      }
    }
    throw new UnreadableModelException("the model does not say which operator set it uses");
  }

  private static boolean isStandard(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  private static List<ImportedGraph.Port> inputs(OnnxMl.GraphProto graph) {
    Set<String> initialized = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> initialized.add(tensor.getName()));
    return graph.getInputList().stream()
        .filter(input -> !initialized.contains(input.getName()))
        .map(OnnxGraphReader::port)
        .toList();
  }

  private static ImportedGraph.Port port(OnnxMl.ValueInfoProto info) {
    if (!info.getType().hasTensorType() || !info.getType().getTensorType().hasShape()) {
      throw new UnreadableModelException(
          "input " + info.getName() + " is not a tensor of known rank; export it as one");
    }
    OnnxMl.TypeProto.Tensor tensor = info.getType().getTensorType();
    List<Long> shape =
        tensor.getShape().getDimList().stream()
            .map(dimension -> dimension.hasDimValue() ? dimension.getDimValue() : Shape.DYNAMIC)
            .toList();
    DataType type = ElementTypes.of(tensor.getElemType(), "input " + info.getName());
    return new ImportedGraph.Port(info.getName(), type, Shape.of(shape));
  }

  private static Map<String, String> metadata(OnnxMl.ModelProto model) {
    Map<String, String> metadata = new LinkedHashMap<>();
    model.getMetadataPropsList().forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
    return metadata;
  }

  private static ImportedBody body(OnnxMl.GraphProto graph) {
    if (graph.getSparseInitializerCount() > 0) {
      throw new UnreadableModelException("the model has sparse tensors; export them dense");
    }
    Map<String, Contents> tensors = new LinkedHashMap<>();
    graph
        .getInitializerList()
        .forEach(tensor -> tensors.put(tensor.getName(), Contents.of(tensor)));
    List<ImportedNode> nodes = new ArrayList<>();
    for (int index = 0; index < graph.getNodeCount(); index++) {
      String place = "node " + (index + 1) + " of " + graph.getNodeCount();
      nodes.add(node(graph.getNode(index), place));
    }
    List<String> outputs =
        graph.getOutputList().stream().map(OnnxMl.ValueInfoProto::getName).toList();
    return new ImportedBody(nodes, tensors, outputs);
  }

  private static ImportedNode node(OnnxMl.NodeProto proto, String place) {
    Map<String, Object> attributes = new HashMap<>();
    for (OnnxMl.AttributeProto attribute : proto.getAttributeList()) {
      attributes.put(attribute.getName(), attribute(attribute));
    }
    String operator =
        isStandard(proto.getDomain())
            ? proto.getOpType()
            : proto.getDomain() + "." + proto.getOpType();
    return new ImportedNode(
        operator, proto.getName(), place, proto.getInputList(), proto.getOutputList(), attributes);
  }

  private static Object attribute(OnnxMl.AttributeProto attribute) {
    return switch (attribute.getType()) {
      case INT -> attribute.getI();
      case FLOAT -> attribute.getF();
      case STRING -> attribute.getS().toStringUtf8();
      case INTS -> attribute.getIntsList().stream().mapToLong(Long::longValue).toArray();
      case FLOATS -> attribute.getFloatsList().stream().mapToDouble(Float::doubleValue).toArray();
      case STRINGS -> attribute.getStringsList().stream().map(text -> text.toStringUtf8()).toList();
      case TENSOR -> Contents.of(attribute.getT());
      case GRAPH -> body(attribute.getG());
      default ->
          throw new UnreadableModelException(
              "attribute " + attribute.getName() + " has the type " + attribute.getType());
    };
  }
}
