package org.gtrturbo.policy.files;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A message of protocol buffers as it lies in memory. Its fields are found without being copied, so
 * that a mapped file is read only where it must be.
 *
 * @param bytes the message without its length
 */
record WireMessage(MemorySegment bytes) {

  /**
   * @param value of a number; where the field has bytes, how many
   * @param contents of a field that has bytes, such as a text or another message; of a fixed number
   *     its bytes; else empty
   * @param first where the field begins, its tag included
   * @param end where it ends
   */
  record Field(int number, long value, MemorySegment contents, long first, long end) {
    String text() {
      return new String(contents.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    WireMessage message() {
      return new WireMessage(contents);
    }
  }

  /**
   * All fields in their order.
   *
   * @throws UnreadableTensorsException if the bytes are no message
   */
  List<Field> fields() {
    List<Field> fields = new ArrayList<>();
    long[] at = new long[1];
    while (at[0] < bytes.byteSize()) {
      long first = at[0];
      long tag = number(at);
      int field = (int) (tag >>> 3);
      long value = 0;
      long length = 0;
      switch ((int) (tag & 7)) {
        case 0 -> value = number(at);
        case 1 -> length = Long.BYTES;
        case 2 -> {
          length = number(at);
          value = length;
        }
        case 5 -> length = Integer.BYTES;
        default -> throw broken();
      }
      if (field == 0 || length < 0 || length > bytes.byteSize() - at[0]) {
        throw broken();
      }
      MemorySegment contents = bytes.asSlice(at[0], length);
      at[0] += length;
      fields.add(new Field(field, value, contents, first, at[0]));
    }
    return fields;
  }

  private long number(long[] at) {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (at[0] >= bytes.byteSize()) {
        throw broken();
      }
      byte next = bytes.get(ValueLayout.JAVA_BYTE, at[0]++);
      number |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return number;
      }
    }
    throw broken();
  }

  /** The whole numbers of a packed field. */
  static List<Long> packed(MemorySegment contents) {
    List<Long> numbers = new ArrayList<>();
    var message = new WireMessage(contents);
    long[] at = new long[1];
    while (at[0] < contents.byteSize()) {
      numbers.add(message.number(at));
    }
    return numbers;
  }

  private static UnreadableTensorsException broken() {
    return new UnreadableTensorsException("the bytes are no message of protocol buffers");
  }
}
