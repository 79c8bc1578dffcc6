package org.gtrturbo.policy.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file: the header's length (8 bytes, little-endian), the header as JSON, then the
 * tensors' bytes.
 */
final class Safetensors implements TensorFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final String METADATA = "__metadata__";

  /** As the format's own reader has it. */
  private static final long LONGEST_HEADER = 100_000_000;

  private final Path path;
  private final ObjectNode header;
  private final MemorySegment contents;
  private final List<StoredTensor> tensors;
  private final Arena arena;

  private Safetensors(
      Path path,
      ObjectNode header,
      MemorySegment contents,
      List<StoredTensor> tensors,
      Arena arena) {
    this.path = path;
    this.header = header;
    this.contents = contents;
    this.tensors = List.copyOf(tensors);
    this.arena = arena;
  }

  static Safetensors open(Path path) {
    Arena arena = MappedFile.arenaOfOwner();
    try {
      MemorySegment file = MappedFile.toRead(path, arena);
      long length = file.byteSize() < Long.BYTES ? -1 : file.get(LENGTH, 0);
      if (length < 2 || length > LONGEST_HEADER || length > file.byteSize() - Long.BYTES) {
        throw new UnreadableTensorsException(
            path + " is no safetensors file: its header would have " + length + " bytes");
      }
      ObjectNode header = header(path, file.asSlice(Long.BYTES, length));
      MemorySegment contents = file.asSlice(Long.BYTES + length);
      return new Safetensors(path, header, contents, tensors(path, header, contents), arena);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static ObjectNode header(Path path, MemorySegment bytes) {
    String text = new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    try {
      if (JSON.readTree(text) instanceof ObjectNode header) {
        return header;
      }
      throw new UnreadableTensorsException(path + " is no safetensors file: its header is no map");
    } catch (JsonProcessingException wrong) {
      throw new UnreadableTensorsException(
          path + " is no safetensors file: its header is no JSON, " + wrong.getOriginalMessage(),
          wrong);
    }
  }

  private static List<StoredTensor> tensors(Path path, ObjectNode header, MemorySegment contents) {
    List<StoredTensor> tensors = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      if (!entry.getKey().equals(METADATA)) {
        tensors.add(tensor(path, entry.getKey(), entry.getValue(), contents));
      }
    }
    return tensors;
  }

  private static StoredTensor tensor(
      Path path, String name, JsonNode entry, MemorySegment contents) {
    String dtype = entry.path("dtype").asText();
    ElementType type =
        ElementType.ofSafetensors(dtype)
            .orElseThrow(
                () ->
                    new UnreadableTensorsException(
                        path + ": tensor " + name + " has the type " + dtype + ", not read here"));
    List<Long> shape = new ArrayList<>();
    entry.path("shape").forEach(length -> shape.add(length.asLong(-1)));
    long begin = entry.path("data_offsets").path(0).asLong(-1);
    long end = entry.path("data_offsets").path(1).asLong(-1);
    if (shape.stream().anyMatch(length -> length < 0)
        || begin < 0
        || end < begin
        || end > contents.byteSize()) {
      throw new UnreadableTensorsException(
          path + ": tensor " + name + " does not lie within the file: " + entry);
    }
    var tensor =
        new StoredTensor(
            name,
            type,
            shape.stream().mapToLong(Long::longValue).toArray(),
            contents.asSlice(begin, end - begin));
    if (!tensor.isWhole()) {
      throw new UnreadableTensorsException(
          path + ": tensor " + tensor + " cannot have " + (end - begin) + " bytes");
    }
    return tensor;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public List<StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public List<StoredTensor> weights() {
    return tensors.stream()
        .filter(tensor -> tensor.type().isWeight() && tensor.shape().length > 0)
        .toList();
  }

  @Override
  public Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    header
        .path(METADATA)
        .properties()
        .forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asText()));
    return metadata;
  }

  @Override
  public WritableCopy copyTo(Path target, Map<String, String> metadata) {
    var part = WritableCopy.Part.of(target);
    byte[] head = head(metadata);
    Arena copy = MappedFile.arenaOfOwner();
    try {
      try (FileChannel out =
              FileChannel.open(
                  part.unfinished(),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE);
          FileChannel in = FileChannel.open(path, StandardOpenOption.READ)) {
        write(out, ByteBuffer.wrap(head));
        FileRange.copy(in, in.size() - contents.byteSize(), contents.byteSize(), out);
      }
      MemorySegment whole = MappedFile.toWrite(part.unfinished(), copy);
      Map<String, MemorySegment> written = new HashMap<>();
      for (StoredTensor tensor : weights()) {
        long offset = tensor.bytes().address() - contents.address();
        written.put(tensor.name(), whole.asSlice(head.length + offset, tensor.bytes().byteSize()));
      }
      return new WritableCopy(List.of(part), written, copy);
    } catch (IOException e) {
      copy.close();
      throw new UncheckedIOException("cannot copy " + path + " to " + target + ": " + e, e);
    }
  }

  /** Length and header, filled up with blanks so that the tensors lie at whole words. */
  private byte[] head(Map<String, String> metadata) {
    ObjectNode changed = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode entries = changed.putObject(METADATA);
      metadata.forEach(entries::put);
    }
    header.properties().stream()
        .filter(entry -> !entry.getKey().equals(METADATA))
        .forEach(entry -> changed.set(entry.getKey(), entry.getValue()));
    byte[] json = changed.toString().getBytes(StandardCharsets.UTF_8);
    int length = (json.length + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
    ByteBuffer head = ByteBuffer.allocate(Long.BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.fill(head.array(), (byte) ' ');
    return head.putLong(length).put(json).array();
  }

  private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
