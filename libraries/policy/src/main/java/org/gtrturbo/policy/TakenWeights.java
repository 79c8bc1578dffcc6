package org.gtrturbo.policy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gtrturbo.policy.graph.reading.ImportedGraph;

/** Takes the weights out of a model that was exported elsewhere. */
final class TakenWeights {
  private TakenWeights() {}

  /**
   * Empties the initializers that are weights.
   *
   * @param constants initializers that stay as they are
   * @return what was in them, float32, by name
   * @throws IllegalArgumentException as {@link ImportedModel#separate} says
   */
  static Map<String, byte[]> from(GraphProto.Builder graph, Set<String> constants) {
    requireInitializers(graph, constants);
    Set<String> kept = new HashSet<>(constants);
    kept.addAll(constantOperands(graph.getNodeList()));
    Map<String, byte[]> weights = new HashMap<>();
    for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
      if (isWeight(tensor, kept)) {
        weights.put(tensor.getName(), take(tensor));
      }
    }
    if (weights.isEmpty()) {
      throw new IllegalArgumentException(
          "the ONNX file has no float32 initializer that could be trained");
    }
    return weights;
  }

  private static void requireInitializers(GraphProto.Builder graph, Set<String> constants) {
    Set<String> unknown = new HashSet<>(constants);
    graph.getInitializerList().forEach(tensor -> unknown.remove(tensor.getName()));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "the ONNX file has no initializers "
              + unknown.stream().sorted().toList()
              + ", which the policy names as constants");
    }
  }

  /** Those in branches included, which see the initializers outside. */
  private static Set<String> constantOperands(List<NodeProto> nodes) {
    Set<String> constants = new HashSet<>();
    for (NodeProto node : nodes) {
      constants.addAll(ImportedGraph.constantOperands(node.getOpType(), node.getInputList()));
      node.getAttributeList().stream()
          .filter(AttributeProto::hasG)
          .forEach(branch -> constants.addAll(constantOperands(branch.getG().getNodeList())));
    }
    return constants;
  }

  private static boolean isWeight(TensorProto.Builder tensor, Set<String> kept) {
    if (kept.contains(tensor.getName()) || !ImportedModel.hasRoom(tensor.getDimsList())) {
      return false;
    }
    return switch (TensorProto.DataType.forNumber(tensor.getDataType())) {
      case FLOAT -> true;
      case FLOAT16, BFLOAT16, DOUBLE ->
          throw new IllegalArgumentException(
              "initializer "
                  + tensor.getName()
                  + " is "
                  + TensorProto.DataType.forNumber(tensor.getDataType())
                  + "; weights must be float32: export the model with model.float()");
      case null, default -> false;
    };
  }

  /** The contents of a tensor, which is empty afterwards. */
  private static byte[] take(TensorProto.Builder tensor) {
    if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      throw new IllegalArgumentException(
          "initializer "
              + tensor.getName()
              + " lies outside the ONNX file; save the model with its weights in one file");
    }
    byte[] contents = tensor.getRawData().toByteArray();
    if (contents.length == 0) {
      ByteBuffer floats =
          ByteBuffer.allocate(tensor.getFloatDataCount() * Float.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN);
      tensor.getFloatDataList().forEach(floats::putFloat);
      contents = floats.array();
    }
    long elements = tensor.getDimsList().stream().reduce(1L, Math::multiplyExact);
    if (contents.length != elements * Float.BYTES) {
      throw new IllegalArgumentException(
          "initializer "
              + tensor.getName()
              + " has "
              + contents.length
              + " bytes, its shape "
              + tensor.getDimsList()
              + " needs "
              + elements * Float.BYTES);
    }
    requireFinite(tensor.getName(), contents);
    tensor.clearRawData().clearFloatData();
    return contents;
  }

  private static void requireFinite(String name, byte[] contents) {
    var floats = ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    while (floats.hasRemaining()) {
      float value = floats.get();
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "initializer "
                + name
                + " holds "
                + value
                + ", which cannot be trained; if it is a mask or another constant, name it among"
                + " onnx.constants in policy.json");
      }
    }
  }
}
