package org.gtrturbo.policy.files;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;

/**
 * A tensor on its way into a file. Its bytes are made as they are written, in chunks.
 *
 * @param shape not written to
 */
record StreamedTensor(String name, ElementType type, long[] shape, Chunks chunks) {
  /** How many elements are written at once. */
  static final int CHUNK_ELEMENTS = 1 << 18;

  /** Fills runs of a tensor's elements. */
  @FunctionalInterface
  interface Chunks {
    /**
     * @param first index of the run's first element
     * @param into room for the run, in the tensor's own type
     */
    void fill(long first, MemorySegment into);
  }

  /** Of float32 values, as they are. */
  static StreamedTensor of(String name, long[] shape, MemorySegment values) {
    return new StreamedTensor(
        name,
        ElementType.FLOAT32,
        shape,
        (first, into) -> into.copyFrom(values.asSlice(first * Float.BYTES, into.byteSize())));
  }

  long elements() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  long bytes() {
    return Math.multiplyExact(elements(), type.bytes());
  }

  void writeTo(WritableByteChannel out) throws IOException {
    long elements = elements();
    int most = (int) Math.min(elements, CHUNK_ELEMENTS);
    ByteBuffer buffer = ByteBuffer.allocateDirect(most * type.bytes());
    for (long first = 0; first < elements; first += CHUNK_ELEMENTS) {
      int count = (int) Math.min(CHUNK_ELEMENTS, elements - first);
      buffer.clear().limit(count * type.bytes());
      chunks.fill(first, MemorySegment.ofBuffer(buffer));
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
    }
  }
}
