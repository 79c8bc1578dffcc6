package org.gtrturbo.policy.files;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The model that a file of {@link OnnxModelFile} stands for: its weights float32 again and in the
 * model, to the bits that the file computes with, and nothing left of how they were kept.
 */
public final class WholeModel {
  private final GraphProto stored;
  private final Map<String, StoredTensor> tensors = new HashMap<>();

  /** What nodes make of weights that are kept in fewer bits. */
  private final Set<String> made = new HashSet<>();

  private WholeModel(GraphProto stored, TensorFile file) {
    this.stored = stored;
    file.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
  }

  /**
   * Reads a file, with the one beside it where there is one.
   *
   * @param weightsKey what says in the metadata that weights are kept in fewer bits; not in what is
   *     returned
   * @return the bytes of one ONNX file
   * @throws IllegalArgumentException if it is no ONNX model, or what it names is not there
   */
  public static byte[] read(Path file, String weightsKey) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ModelProto model;
    try {
      model = ModelProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException wrong) {
      throw new IllegalArgumentException("not an ONNX file: " + wrong.getMessage(), wrong);
    }
    boolean inFewerBits =
        model.getMetadataPropsList().stream().anyMatch(entry -> entry.getKey().equals(weightsKey));
    boolean beside =
        model.getGraph().getInitializerList().stream()
            .anyMatch(tensor -> tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL);
    if (!inFewerBits && !beside) {
      return bytes;
    }
    ModelProto.Builder whole = model.toBuilder().clearMetadataProps();
    model.getMetadataPropsList().stream()
        .filter(entry -> !entry.getKey().equals(weightsKey))
        .forEach(whole::addMetadataProps);
    try (TensorFile tensors = OnnxTensors.open(file)) {
      whole.setGraph(new WholeModel(model.getGraph(), tensors).graph(inFewerBits));
    }
    return whole.build().toByteArray();
  }

  private GraphProto graph(boolean inFewerBits) {
    GraphProto.Builder whole = stored.toBuilder().clearInitializer();
    for (TensorProto tensor : stored.getInitializerList()) {
      Optional<TensorProto> kept = inFewerBits ? restored(tensor) : Optional.of(inside(tensor));
      kept.ifPresent(whole::addInitializer);
    }
    // Their outputs are initializers now.
    whole.clearNode();
    for (NodeProto node : stored.getNodeList()) {
      if (node.getOutputList().stream().noneMatch(made::contains)) {
        whole.addNode(node);
      }
    }
    return whole.build();
  }

  /** The tensor that is a weight again; empty where it is part of another one. */
  private Optional<TensorProto> restored(TensorProto tensor) {
    String name = tensor.getName();
    Optional<String> half = KeptWeight.halfOf(name);
    if (half.isPresent()) {
      return Optional.of(halves(half.get(), stored(name)));
    }
    Optional<String> numbers = QuantizedWeight.numbersOf(name);
    if (numbers.isPresent()) {
      return Optional.of(numbers(numbers.get(), stored(name)));
    }
    boolean isScale =
        QuantizedWeight.scaleOf(name)
            .map(QuantizedWeight::numbers)
            .filter(tensors::containsKey)
            .isPresent();
    return isScale ? Optional.empty() : Optional.of(inside(tensor));
  }

  private TensorProto halves(String weight, StoredTensor halves) {
    made.add(weight);
    byte[] floats = new byte[Math.toIntExact(halves.elements() * Float.BYTES)];
    Floats.widen(halves.type(), halves.bytes(), MemorySegment.ofArray(floats));
    return floats(weight, halves.shape(), floats);
  }

  private TensorProto numbers(String weight, StoredTensor numbers) {
    made.add(weight);
    made.add(QuantizedWeight.unscaled(weight));
    byte[] floats = new byte[Math.toIntExact(numbers.elements() * Float.BYTES)];
    QuantizedWeight.restore(
        numbers, stored(QuantizedWeight.scale(weight)), MemorySegment.ofArray(floats));
    return floats(weight, numbers.shape(), floats);
  }

  private StoredTensor stored(String name) {
    return Optional.ofNullable(tensors.get(name))
        .orElseThrow(() -> new IllegalArgumentException("the ONNX file has no tensor " + name));
  }

  /** With its contents, wherever they lie. */
  private TensorProto inside(TensorProto tensor) {
    if (tensor.getDataLocation() != TensorProto.DataLocation.EXTERNAL) {
      return tensor;
    }
    return tensor.toBuilder()
        .clearDataLocation()
        .clearExternalData()
        .setRawData(ByteString.copyFrom(stored(tensor.getName()).bytes().asByteBuffer()))
        .build();
  }

  private static TensorProto floats(String name, long[] shape, byte[] contents) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(ElementType.FLOAT32.onnx())
            .setRawData(ByteString.copyFrom(contents));
    for (long length : shape) {
      tensor.addDims(length);
    }
    return tensor.build();
  }
}
