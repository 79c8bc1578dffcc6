package org.gtrturbo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.gtrturbo.merging.WeightVector;

/**
 * Part of a file, read where it is asked for, so that no more of it is in the process's memory.
 *
 * @param start of its first element, in bytes
 */
record FileVector(FileChannel file, long start, long elements) implements WeightVector {
  @Override
  public MemorySegment read(long first, int count, MemorySegment scratch) {
    ByteBuffer into = scratch.asByteBuffer();
    long position = start + first * Float.BYTES;
    try {
      while (into.hasRemaining()) {
        int read = file.read(into, position);
        if (read < 0) {
          throw new IllegalStateException("a checkpoint's file ends at byte " + position);
        }
        position += read;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a checkpoint's file cannot be read", e);
    }
    return scratch;
  }
}
