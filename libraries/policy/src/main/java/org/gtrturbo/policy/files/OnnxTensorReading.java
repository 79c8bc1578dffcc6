package org.gtrturbo.policy.files;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the contents of a model's tensors, in the model or in the one file beside it. */
final class OnnxTensorReading {
  static final String LOCATION = "location";

  private final Besides besides;
  private Optional<String> location = Optional.empty();
  private MemorySegment beside = MemorySegment.NULL;

  /** Files beside a model. */
  @FunctionalInterface
  interface Besides {
    MemorySegment map(String location) throws IOException;
  }

  OnnxTensorReading(Besides besides) {
    this.besides = besides;
  }

  /** The file beside the model, if one was met. */
  Optional<String> location() {
    return location;
  }

  StoredTensor read(WireMessage tensor) {
    String name = "";
    long type = 0;
    List<Long> shape = new ArrayList<>();
    MemorySegment bytes = MemorySegment.NULL;
    Map<String, String> external = new HashMap<>();
    for (WireMessage.Field field : tensor.fields()) {
      switch (field.number()) {
        case TensorProto.NAME_FIELD_NUMBER -> name = field.text();
        case TensorProto.DATA_TYPE_FIELD_NUMBER -> type = field.value();
        case TensorProto.DIMS_FIELD_NUMBER ->
            shape.addAll(
                field.contents().byteSize() == 0
                    ? List.of(field.value())
                    : WireMessage.packed(field.contents()));
        // Packed floats lie as raw ones do; where they are not packed the tensor is not whole.
        case TensorProto.RAW_DATA_FIELD_NUMBER, TensorProto.FLOAT_DATA_FIELD_NUMBER ->
            bytes = field.contents();
        case TensorProto.EXTERNAL_DATA_FIELD_NUMBER -> entry(field.message(), external);
        default -> {}
      }
    }
    String called = name;
    int code = (int) type;
    ElementType known =
        ElementType.ofOnnx(code)
            .orElseThrow(
                () ->
                    new UnreadableTensorsException(
                        "tensor "
                            + called
                            + " has the type "
                            + TensorProto.DataType.forNumber(code)
                            + ", not read here"));
    return whole(
        new StoredTensor(
            name,
            known,
            shape.stream().mapToLong(Long::longValue).toArray(),
            external.isEmpty() ? bytes : external(name, external)));
  }

  private static StoredTensor whole(StoredTensor tensor) {
    if (tensor.type().isWeight() && tensor.shape().length > 0 && !tensor.isWhole()) {
      throw new UnreadableTensorsException(
          "tensor "
              + tensor
              + " has "
              + tensor.bytes().byteSize()
              + " bytes in one piece, which is not all of it; save the model with raw data");
    }
    return tensor;
  }

  static void entry(WireMessage entry, Map<String, String> into) {
    String key = "";
    String value = "";
    for (WireMessage.Field field : entry.fields()) {
      switch (field.number()) {
        case StringStringEntryProto.KEY_FIELD_NUMBER -> key = field.text();
        case StringStringEntryProto.VALUE_FIELD_NUMBER -> value = field.text();
        default -> {}
      }
    }
    into.put(key, value);
  }

  private MemorySegment external(String tensor, Map<String, String> entries) {
    String named = entries.getOrDefault(LOCATION, "");
    if (location.isEmpty()) {
      map(tensor, named);
    }
    if (!location.equals(Optional.of(named))) {
      throw new UnreadableTensorsException(
          "its weights lie in several files, "
              + location.orElse("")
              + " and "
              + named
              + "; save it with all of them in one");
    }
    try {
      long offset = Long.parseLong(entries.getOrDefault("offset", "0"));
      long length =
          entries.containsKey("length")
              ? Long.parseLong(entries.get("length"))
              : beside.byteSize() - offset;
      return beside.asSlice(offset, length);
    } catch (NumberFormatException | IndexOutOfBoundsException wrong) {
      throw new UnreadableTensorsException(
          "tensor " + tensor + " does not lie within " + named + ": " + entries, wrong);
    }
  }

  private void map(String tensor, String named) {
    if (named.isEmpty() || named.contains("..") || named.startsWith("/")) {
      throw new UnreadableTensorsException(
          "tensor " + tensor + " lies in \"" + named + "\", which is not beside the model");
    }
    try {
      beside = besides.map(named);
      location = Optional.of(named);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + named + ": " + e, e);
    }
  }
}
