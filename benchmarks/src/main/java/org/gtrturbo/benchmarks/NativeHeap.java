package org.gtrturbo.benchmarks;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.LongSupplier;

/**
 * What this process has allocated from the C library and not freed, as the library counts it
 * ({@code mallinfo2} of glibc 2.33 or newer): every open session, tensor and vector is in it, and
 * nothing that was freed, so it shows a handle that was left open where resident memory could hide
 * it.
 */
final class NativeHeap {
  private static final String[] FIELDS = {
    "arena",
    "ordblks",
    "smblks",
    "hblks",
    "hblkhd",
    "usmblks",
    "fsmblks",
    "uordblks",
    "fordblks",
    "keepcost"
  };
  private static final StructLayout MALLINFO2 = layout();
  private static final int COLLECTIONS = 10;
  private static final long FOR_CLEANERS_MILLIS = 100;

  private final MethodHandle mallinfo2;

  /**
   * @throws IllegalStateException where the C library has no such count
   */
  NativeHeap() {
    Linker linker = Linker.nativeLinker();
    MemorySegment function =
        linker
            .defaultLookup()
            .find("mallinfo2")
            .orElseThrow(
                () -> new IllegalStateException("native memory is counted by glibc 2.33 or newer"));
    this.mallinfo2 = linker.downcallHandle(function, FunctionDescriptor.of(MALLINFO2));
  }

  /** Bytes in use at this moment. */
  long bytes() {
    try (Arena arena = Arena.ofConfined()) {
      var info = (MemorySegment) mallinfo2.invokeExact((SegmentAllocator) arena);
      return field(info, "uordblks") + field(info, "hblkhd");
    } catch (Throwable impossible) {
      throw new IllegalStateException("mallinfo2 could not be called", impossible);
    }
  }

  /** Bytes in use when all that the heap still held on to has been freed. */
  long bytesAfterCollections() throws InterruptedException {
    return least(this::bytes);
  }

  private static long least(LongSupplier bytes) throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int collection = 0; collection < COLLECTIONS; collection++) {
      System.gc();
      // What a collection finds is freed by a thread of its own.
      Thread.sleep(FOR_CLEANERS_MILLIS);
      least = Math.min(least, bytes.getAsLong());
    }
    return least;
  }

  private static long field(MemorySegment info, String name) {
    return info.get(
        ValueLayout.JAVA_LONG, MALLINFO2.byteOffset(MemoryLayout.PathElement.groupElement(name)));
  }

  private static StructLayout layout() {
    MemoryLayout[] fields = new MemoryLayout[FIELDS.length];
    for (int index = 0; index < FIELDS.length; index++) {
      fields[index] = ValueLayout.JAVA_LONG.withName(FIELDS[index]);
    }
    return MemoryLayout.structLayout(fields);
  }
}
