package org.gtrturbo.policy.files;

import ai.onnx.proto.OnnxMl;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The initializers of an ONNX model, in its file or in one beside it. */
final class OnnxTensors implements TensorFile {
  private final Path path;
  private final List<WireMessage.Field> fields;
  private final Scan scan;
  private final Arena arena;

  private OnnxTensors(Path path, List<WireMessage.Field> fields, Scan scan, Arena arena) {
    this.path = path;
    this.fields = fields;
    this.scan = scan;
    this.arena = arena;
  }

  /**
   * What is in a model.
   *
   * @param statistics names of tensors that batch normalisations have measured
   * @param beside the file of external data, where there is one
   */
  private record Scan(List<StoredTensor> tensors, Set<String> statistics, Optional<String> beside) {
    List<StoredTensor> weights() {
      return tensors.stream()
          .filter(tensor -> tensor.type().isWeight() && tensor.shape().length > 0)
          .filter(tensor -> !statistics.contains(tensor.name()))
          .toList();
    }
  }

  static OnnxTensors open(Path path) {
    Arena arena = MappedFile.arenaOfOwner();
    try {
      MemorySegment file = MappedFile.toRead(path, arena);
      return read(path, file, arena);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static OnnxTensors read(Path path, MemorySegment file, Arena arena) {
    try {
      List<WireMessage.Field> fields = new WireMessage(file).fields();
      Scan scan = scan(fields, beside -> MappedFile.toRead(path.resolveSibling(beside), arena));
      return new OnnxTensors(path, fields, scan, arena);
    } catch (UnreadableTensorsException unreadable) {
      throw new UnreadableTensorsException(
          path + " is not usable: " + unreadable.getMessage(), unreadable);
    }
  }

  private static Scan scan(List<WireMessage.Field> model, OnnxTensorReading.Besides besides) {
    var reading = new OnnxTensorReading(besides);
    List<StoredTensor> tensors = new ArrayList<>();
    Set<String> statistics = new HashSet<>();
    boolean hasGraph = false;
    for (WireMessage.Field graph : model) {
      if (graph.number() == ModelProto.GRAPH_FIELD_NUMBER) {
        hasGraph = true;
        for (WireMessage.Field field : graph.message().fields()) {
          switch (field.number()) {
            case GraphProto.INITIALIZER_FIELD_NUMBER -> tensors.add(reading.read(field.message()));
            case GraphProto.NODE_FIELD_NUMBER -> statistics.addAll(statistics(field.message()));
            default -> {}
          }
        }
      }
    }
    if (!hasGraph) {
      throw new UnreadableTensorsException("it holds no graph, so it is no ONNX model");
    }
    return new Scan(tensors, statistics, reading.location());
  }

  private static List<String> statistics(WireMessage node) {
    String operator = "";
    List<String> inputs = new ArrayList<>();
    for (WireMessage.Field field : node.fields()) {
      switch (field.number()) {
        case NodeProto.OP_TYPE_FIELD_NUMBER -> operator = field.text();
        case NodeProto.INPUT_FIELD_NUMBER -> inputs.add(field.text());
        default -> {}
      }
    }
    return operator.equals("BatchNormalization") && inputs.size() == 5
        ? inputs.subList(3, 5)
        : List.of();
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public List<StoredTensor> tensors() {
    return scan.tensors();
  }

  @Override
  public List<StoredTensor> weights() {
    return scan.weights();
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (WireMessage.Field field : fields) {
      if (field.number() == ModelProto.METADATA_PROPS_FIELD_NUMBER) {
        OnnxTensorReading.entry(field.message(), metadata);
      }
    }
    return metadata;
  }

  @Override
  public WritableCopy copyTo(Path target, Map<String, String> metadata) {
    var model = WritableCopy.Part.of(target);
    Optional<WritableCopy.Part> data =
        scan.beside()
            .map(_ -> WritableCopy.Part.of(target.resolveSibling(target.getFileName() + ".data")));
    Arena copy = MappedFile.arenaOfOwner();
    try {
      if (data.isPresent()) {
        copyBeside(data.get(), model, metadata);
      } else {
        copyWithin(model, metadata);
      }
      List<WireMessage.Field> written =
          new WireMessage(MappedFile.toWrite(model.unfinished(), copy)).fields();
      Scan again = scan(written, _ -> MappedFile.toWrite(data.orElseThrow().unfinished(), copy));
      Map<String, MemorySegment> weights = new HashMap<>();
      again.weights().forEach(tensor -> weights.put(tensor.name(), tensor.bytes()));
      List<WritableCopy.Part> parts = new ArrayList<>();
      data.ifPresent(parts::add);
      // Last, so that a model never names data that are not there.
      parts.add(model);
      return new WritableCopy(parts, weights, copy);
    } catch (IOException e) {
      copy.close();
      throw new UncheckedIOException("cannot copy " + path + " to " + target + ": " + e, e);
    }
  }

  /** Field by field, as they are, but for the metadata, which come last. */
  private void copyWithin(WritableCopy.Part model, Map<String, String> metadata)
      throws IOException {
    try (FileChannel in = FileChannel.open(path, StandardOpenOption.READ);
        FileChannel out = create(model.unfinished())) {
      for (WireMessage.Field field : fields) {
        if (field.number() != ModelProto.METADATA_PROPS_FIELD_NUMBER) {
          FileRange.copy(in, field.first(), field.end() - field.first(), out);
        }
      }
      ByteBuffer entries = ByteBuffer.wrap(metadata(ModelProto.newBuilder(), metadata));
      while (entries.hasRemaining()) {
        out.write(entries);
      }
    }
  }

  /** The model is small and names the file beside it, which the copy has under another name. */
  private void copyBeside(
      WritableCopy.Part data, WritableCopy.Part model, Map<String, String> metadata)
      throws IOException {
    ModelProto.Builder renamed =
        ModelProto.parseFrom(Files.readAllBytes(path)).toBuilder().clearMetadataProps();
    String location = String.valueOf(data.target().getFileName());
    for (OnnxMl.TensorProto.Builder tensor :
        renamed.getGraphBuilder().getInitializerBuilderList()) {
      for (StringStringEntryProto.Builder entry : tensor.getExternalDataBuilderList()) {
        if (entry.getKey().equals(OnnxTensorReading.LOCATION)) {
          entry.setValue(location);
        }
      }
    }
    Files.write(model.unfinished(), metadata(renamed, metadata));
    Path beside = path.resolveSibling(scan.beside().orElseThrow());
    try (FileChannel in = FileChannel.open(beside, StandardOpenOption.READ);
        FileChannel out = create(data.unfinished())) {
      FileRange.copy(in, 0, in.size(), out);
    }
  }

  private static byte[] metadata(ModelProto.Builder model, Map<String, String> metadata) {
    metadata.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            entry ->
                model.addMetadataProps(
                    StringStringEntryProto.newBuilder()
                        .setKey(entry.getKey())
                        .setValue(entry.getValue())));
    return model.build().toByteArray();
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  @Override
  public void close() {
    arena.close();
  }
}
