package org.gtrturbo.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Safetensors files put together by hand. */
final class SmallFiles {
  private final List<String> entries = new ArrayList<>();
  private final List<byte[]> contents = new ArrayList<>();
  private int bytes;

  SmallFiles floats(String name, float... values) {
    ByteBuffer buffer = buffer(values.length * Float.BYTES);
    buffer.asFloatBuffer().put(values);
    return add(name, "F32", Integer.toString(values.length), buffer);
  }

  /** Rounded to bfloat16 by cutting, so only of values that it has. */
  SmallFiles brainFloats(String name, float... values) {
    ByteBuffer buffer = buffer(values.length * Short.BYTES);
    for (float value : values) {
      buffer.putShort((short) (Float.floatToIntBits(value) >>> 16));
    }
    return add(name, "BF16", Integer.toString(values.length), buffer);
  }

  SmallFiles halfFloats(String name, float... values) {
    ByteBuffer buffer = buffer(values.length * Short.BYTES);
    for (float value : values) {
      buffer.putShort(Float.floatToFloat16(value));
    }
    return add(name, "F16", Integer.toString(values.length), buffer);
  }

  SmallFiles integer(String name, long value) {
    return add(name, "I64", "", buffer(Long.BYTES).putLong(value));
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private SmallFiles add(String name, String type, String shape, ByteBuffer buffer) {
    entries.add(
        String.format(
            Locale.ROOT,
            "\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%d,%d]}",
            name,
            type,
            shape,
            bytes,
            bytes + buffer.capacity()));
    contents.add(buffer.array());
    bytes += buffer.capacity();
    return this;
  }

  Path write(Path file) {
    byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
    ByteBuffer whole = buffer(Long.BYTES + header.length + bytes);
    whole.putLong(header.length).put(header);
    contents.forEach(whole::put);
    try {
      return Files.write(file, whole.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
