package org.gtrturbo.policy.files;

import ai.onnx.proto.OnnxMl;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes an ONNX model and its weights, which are never in memory a second time: as one file, or,
 * where that would be larger than ONNX files can be, as a model and a file beside it with the
 * weights, which is ONNX's external data.
 */
public final class OnnxModelFile {
  /** Protocol buffers end at 2 GiB, and with them ONNX files. */
  public static final long LARGEST = Integer.MAX_VALUE;

  /** Weights lie at whole pages, so that a reader can map them. */
  private static final long ALIGNMENT = 4096;

  /** Smaller tensors stay in the model, as runtimes want shapes and the like to be there. */
  private static final long LEAST_EXTERNAL = 1024;

  private OnnxModelFile() {}

  /**
   * What was written.
   *
   * @param data the file of weights, where there is one; the model names it and must stay beside it
   */
  public record Written(Path model, Optional<Path> data) {
    /** Of both files. */
    public long bytes() {
      try {
        return Files.size(model) + (data.isPresent() ? Files.size(data.get()) : 0);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot look at " + model + ": " + e, e);
      }
    }
  }

  /**
   * Writes a model. Files of these names are replaced when the new ones are whole.
   *
   * @param withoutWeights a model whose weights are inputs of its graph
   * @param metadata put beside what the model has, which stays as it is
   * @param largest in bytes, of the model as one file; a larger one gets its weights of 1 KiB and
   *     more beside it, in {@code file} with {@code .data} behind its name
   * @throws IllegalArgumentException if the format cannot hold a weight
   */
  public static Written write(
      Path file,
      byte[] withoutWeights,
      Map<String, String> metadata,
      List<Weight> weights,
      WeightFormat format,
      long largest) {
    List<KeptWeight> kept = weights.stream().map(each -> KeptWeight.of(each, format)).toList();
    ModelProto model = withNodes(parsed(withoutWeights), weights, kept, metadata);
    List<StreamedTensor> tensors = kept.stream().flatMap(each -> each.tensors().stream()).toList();
    try {
      Layout inside = Layout.inside(model, tensors);
      Path data = file.resolveSibling(file.getFileName() + ".data");
      Beside beside = Beside.of(tensors, String.valueOf(data.getFileName()));
      if (inside.bytes() <= Math.min(largest, LARGEST) || beside.tensors().isEmpty()) {
        replace(file, inside::writeTo);
        return new Written(file, Optional.empty());
      }
      replace(data, beside::writeTo);
      replace(file, Layout.of(model, beside.inModel(), beside.references())::writeTo);
      return new Written(file, Optional.of(data));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e, e);
    }
  }

  private static ModelProto parsed(byte[] model) {
    try {
      return ModelProto.parseFrom(model);
    } catch (InvalidProtocolBufferException broken) {
      throw new IllegalArgumentException("not an ONNX model: " + broken.getMessage(), broken);
    }
  }

  private static ModelProto withNodes(
      ModelProto model, List<Weight> weights, List<KeptWeight> kept, Map<String, String> metadata) {
    Set<String> names = new HashSet<>();
    weights.forEach(weight -> names.add(weight.name()));
    ModelProto.Builder whole = model.toBuilder();
    GraphProto.Builder graph = whole.getGraphBuilder();
    var inputs =
        graph.getInputList().stream().filter(input -> !names.contains(input.getName())).toList();
    List<OnnxMl.NodeProto> nodes = new ArrayList<>();
    kept.forEach(each -> nodes.addAll(each.nodes()));
    // In front: nodes stand in an order in which they can run.
    nodes.addAll(graph.getNodeList());
    graph.clearInput().addAllInput(inputs).clearNode().addAllNode(nodes);
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
    return whole.build();
  }

  /** Writes to a channel. */
  @FunctionalInterface
  private interface Writing {
    void to(FileChannel out) throws IOException;
  }

  private static void replace(Path file, Writing writing) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try {
      try (FileChannel out =
          FileChannel.open(
              unfinished,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        writing.to(out);
      }
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static TensorProto.Builder described(StreamedTensor tensor) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setName(tensor.name()).setDataType(tensor.type().onnx());
    for (long length : tensor.shape()) {
      proto.addDims(length);
    }
    return proto;
  }

  /**
   * A model's bytes: all of it but the graph, the graph without the tensors, and the tensors at the
   * graph's end, where any reader of protocol buffers takes them.
   */
  private record Layout(
      byte[] model, byte[] graph, List<StreamedTensor> tensors, List<byte[]> headers) {

    static Layout inside(ModelProto model, List<StreamedTensor> tensors) {
      return of(model, tensors, List.of());
    }

    /**
     * @param references tensors whose contents are elsewhere
     */
    static Layout of(ModelProto model, List<StreamedTensor> tensors, List<TensorProto> references) {
      GraphProto graph = model.getGraph().toBuilder().addAllInitializer(references).build();
      return new Layout(
          model.toBuilder().clearGraph().build().toByteArray(),
          graph.toByteArray(),
          tensors,
          tensors.stream().map(tensor -> described(tensor).build().toByteArray()).toList());
    }

    private long tensorBytes(int index) {
      long raw = tensors.get(index).bytes();
      return headers.get(index).length
          + CodedOutputStream.computeTagSize(TensorProto.RAW_DATA_FIELD_NUMBER)
          + CodedOutputStream.computeUInt64SizeNoTag(raw)
          + raw;
    }

    private long graphBytes() {
      long bytes = graph.length;
      for (int index = 0; index < tensors.size(); index++) {
        bytes += delimited(GraphProto.INITIALIZER_FIELD_NUMBER, tensorBytes(index));
      }
      return bytes;
    }

    private static long delimited(int field, long bytes) {
      return CodedOutputStream.computeTagSize(field)
          + CodedOutputStream.computeUInt64SizeNoTag(bytes)
          + bytes;
    }

    long bytes() {
      return model.length + delimited(ModelProto.GRAPH_FIELD_NUMBER, graphBytes());
    }

    void writeTo(FileChannel out) throws IOException {
      write(out, model);
      begin(out, ModelProto.GRAPH_FIELD_NUMBER, graphBytes());
      write(out, graph);
      for (int index = 0; index < tensors.size(); index++) {
        begin(out, GraphProto.INITIALIZER_FIELD_NUMBER, tensorBytes(index));
        write(out, headers.get(index));
        begin(out, TensorProto.RAW_DATA_FIELD_NUMBER, tensors.get(index).bytes());
        tensors.get(index).writeTo(out);
      }
    }

    private static void begin(FileChannel out, int field, long bytes) throws IOException {
      byte[] head = new byte[(int) (delimited(field, bytes) - bytes)];
      CodedOutputStream coded = CodedOutputStream.newInstance(head);
      coded.writeTag(field, 2);
      coded.writeUInt64NoTag(bytes);
      write(out, head);
    }

    private static void write(FileChannel out, byte[] bytes) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
    }
  }

  /** Tensors in a file beside the model, and what the model says of them. */
  private record Beside(
      List<StreamedTensor> tensors,
      List<Long> offsets,
      List<TensorProto> references,
      List<StreamedTensor> inModel) {

    static Beside of(List<StreamedTensor> all, String location) {
      List<StreamedTensor> tensors =
          all.stream().filter(tensor -> tensor.bytes() >= LEAST_EXTERNAL).toList();
      List<Long> offsets = new ArrayList<>();
      List<TensorProto> references = new ArrayList<>();
      long offset = 0;
      for (StreamedTensor tensor : tensors) {
        offsets.add(offset);
        references.add(
            described(tensor)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(tensor.bytes())))
                .build());
        offset = (offset + tensor.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      }
      List<StreamedTensor> inModel =
          all.stream().filter(tensor -> tensor.bytes() < LEAST_EXTERNAL).toList();
      return new Beside(tensors, offsets, references, inModel);
    }

    private static OnnxMl.StringStringEntryProto entry(String key, String value) {
      return OnnxMl.StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    void writeTo(FileChannel out) throws IOException {
      for (int index = 0; index < tensors.size(); index++) {
        out.position(offsets.get(index));
        tensors.get(index).writeTo(out);
      }
    }
  }
}
