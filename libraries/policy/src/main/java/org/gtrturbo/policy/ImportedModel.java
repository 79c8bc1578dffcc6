package org.gtrturbo.policy;

import ai.onnx.proto.OnnxMl;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.gtrturbo.policy.graph.reading.ImportedGraph;
import org.gtrturbo.policy.graph.reading.OnnxGraphReader;
import org.gtrturbo.policy.graph.reading.UnreadableModelException;

/**
 * The network of a policy that was exported elsewhere: its ONNX file without its weights.
 *
 * <p>Weights are the float32 initializers of one dimension or more, but for those named as
 * constants, the running statistics of batch normalisations and what Resize resizes to; they keep
 * their place in the model, empty. Equal models have equal bytes, and filling a model and taking
 * the weights out again gives the same model.
 */
public final class ImportedModel {
  // Ours, written when the model is filled; what else is in the metadata belongs to the model.
  private static final String OWN_METADATA = "gtr.";

  private final byte[] bytes;
  private final ModelProto model;
  private final Set<String> weights;
  private final String sha256;
  private final ImportedGraph graph;

  private ImportedModel(byte[] bytes, ModelProto model) {
    this.bytes = bytes;
    this.model = model;
    this.sha256 = hash(bytes);
    this.weights = new HashSet<>();
    model.getGraph().getInitializerList().stream()
        .filter(ImportedModel::isEmpty)
        .forEach(tensor -> weights.add(tensor.getName()));
    this.graph = read(readable(model, weights));
  }

  private static ImportedGraph read(ModelProto readable) {
    try {
      return OnnxGraphReader.read(readable.toByteArray());
    } catch (UnreadableModelException unreadable) {
      throw new IllegalArgumentException(unreadable.getMessage(), unreadable);
    }
  }

  /** A model and the weights that were in it. */
  public record Separated(ImportedModel model, Parameters weights) {}

  /**
   * Takes the weights out of a model.
   *
   * @param onnx an {@code .onnx} file
   * @param constants initializers that stay as they are
   * @throws IllegalArgumentException if there is nothing to train, or weights are not float32, not
   *     finite, or not in the file
   */
  public static Separated separate(byte[] onnx, Set<String> constants) {
    ModelProto.Builder stripped = parse(onnx).toBuilder();
    removeOwnMetadata(stripped);
    GraphProto.Builder graph = stripped.getGraphBuilder();
    Map<String, byte[]> weights = TakenWeights.from(graph, constants);
    ModelProto built = stripped.build();
    ImportedModel model = new ImportedModel(built.toByteArray(), built);
    Parameters parameters = Parameters.zeros(model.layout());
    for (ParameterLayout.Slot slot : parameters.layout().slots()) {
      byte[] contents = weights.getOrDefault(slot.name(), new byte[0]);
      parameters.slice(slot).copyFrom(MemorySegment.ofArray(contents));
    }
    return new Separated(model, parameters);
  }

  /**
   * A model that {@link #bytes} has written.
   *
   * @throws IllegalArgumentException if the bytes are no ONNX file
   */
  public static ImportedModel of(byte[] bytes) {
    return new ImportedModel(bytes.clone(), parse(bytes));
  }

  /** The ONNX file without its weights. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Of {@link #bytes}, in lower-case hexadecimal. */
  public String sha256() {
    return sha256;
  }

  long size() {
    return bytes.length;
  }

  /** The network, to be written into graphs; its weights are inputs of it. */
  ImportedGraph graph() {
    return graph;
  }

  /** The model with its weights as inputs. */
  ModelProto readable() {
    return readable(model, weights);
  }

  private static ModelProto readable(ModelProto model, Set<String> weights) {
    ModelProto.Builder readable = model.toBuilder();
    GraphProto.Builder graph = readable.getGraphBuilder().clearInitializer();
    Set<String> declared = new HashSet<>();
    model.getGraph().getInputList().forEach(input -> declared.add(input.getName()));
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (!weights.contains(tensor.getName())) {
        graph.addInitializer(tensor);
      } else if (!declared.contains(tensor.getName())) {
        graph.addInput(port(tensor));
      }
    }
    return readable.build();
  }

  private static OnnxMl.ValueInfoProto port(TensorProto tensor) {
    var shape = OnnxMl.TensorShapeProto.newBuilder();
    tensor
        .getDimsList()
        .forEach(
            length ->
                shape.addDim(OnnxMl.TensorShapeProto.Dimension.newBuilder().setDimValue(length)));
    return OnnxMl.ValueInfoProto.newBuilder()
        .setName(tensor.getName())
        .setType(
            OnnxMl.TypeProto.newBuilder()
                .setTensorType(
                    OnnxMl.TypeProto.Tensor.newBuilder()
                        .setElemType(tensor.getDataType())
                        .setShape(shape)))
        .build();
  }

  /** The weights by name, in the order in which the model lists them. */
  ParameterLayout layout() {
    List<ParameterLayout.Parameter> parameters = new ArrayList<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (weights.contains(tensor.getName())) {
        long[] shape = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
        parameters.add(new ParameterLayout.Parameter(tensor.getName(), shape));
      }
    }
    return ParameterLayout.of(parameters);
  }

  /** The ONNX file with these weights, and with metadata beside the model's own. */
  byte[] filled(Parameters parameters, Map<String, String> metadata) {
    Map<String, ParameterLayout.Slot> slots = new HashMap<>();
    parameters.layout().slots().forEach(slot -> slots.put(slot.name(), slot));
    ModelProto.Builder whole = model.toBuilder();
    for (TensorProto.Builder tensor : whole.getGraphBuilder().getInitializerBuilderList()) {
      ParameterLayout.Slot slot = slots.get(tensor.getName());
      if (slot != null && weights.contains(tensor.getName())) {
        byte[] contents = parameters.slice(slot).toArray(ValueLayout.JAVA_BYTE);
        tensor.setRawData(ByteString.copyFrom(contents));
      }
    }
    Set<String> own = new HashSet<>();
    model.getMetadataPropsList().forEach(entry -> own.add(entry.getKey()));
    metadata.entrySet().stream()
        .filter(entry -> !own.contains(entry.getKey()))
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry ->
                whole.addMetadataProps(
                    OnnxMl.StringStringEntryProto.newBuilder()
                        .setKey(entry.getKey())
                        .setValue(entry.getValue())));
    return whole.build().toByteArray();
  }

  private static ModelProto parse(byte[] onnx) {
    ModelProto model;
    try {
      model = ModelProto.parseFrom(onnx);
    } catch (InvalidProtocolBufferException wrong) {
      throw new IllegalArgumentException("not an ONNX file: " + wrong.getMessage(), wrong);
    }
    if (model.getGraph().getNodeCount() == 0) {
      throw new IllegalArgumentException("not an ONNX file: it has no graph");
    }
    if (model.getGraph().getSparseInitializerCount() > 0) {
      throw new IllegalArgumentException("the ONNX file has sparse initializers; make them dense");
    }
    return model;
  }

  private static void removeOwnMetadata(ModelProto.Builder model) {
    var others =
        model.getMetadataPropsList().stream()
            .filter(entry -> !entry.getKey().startsWith(OWN_METADATA))
            .toList();
    model.clearMetadataProps().addAllMetadataProps(others);
  }

  private static boolean isEmpty(TensorProto tensor) {
    return tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE
        && hasRoom(tensor.getDimsList())
        && tensor.getRawData().isEmpty()
        && tensor.getFloatDataCount() == 0;
  }

  /** Whether a tensor of these dimensions can be a weight: it has some, and elements. */
  static boolean hasRoom(List<Long> dimensions) {
    return !dimensions.isEmpty() && dimensions.stream().allMatch(length -> length > 0);
  }

  private static String hash(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImportedModel model && sha256.equals(model.sha256);
  }

  @Override
  public int hashCode() {
    return sha256.hashCode();
  }

  @Override
  public String toString() {
    return "ONNX model " + sha256.substring(0, 12);
  }
}
