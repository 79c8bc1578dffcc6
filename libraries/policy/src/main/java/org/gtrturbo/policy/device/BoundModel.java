package org.gtrturbo.policy.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A model made ready to run with its inputs and outputs bound to memory: each stays on the device,
 * or crosses, as its binding says.
 */
public final class BoundModel implements AutoCloseable {
  private static final int DEVICE_ALLOCATOR = 0;
  private static final int ARENA_ALLOCATOR = 1;
  private static final int DEFAULT_MEMORY = 0;
  private static final String MOST_IN_USE = "MaxInUse";

  private final OrtLibrary library;
  private final MemorySegment session;
  private final MemorySegment hostMemory;
  private final MemorySegment deviceMemory;

  private BoundModel(OrtLibrary library, MemorySegment session, Device device) {
    this.library = library;
    this.session = session;
    this.hostMemory = memory(library, "Cpu", 0);
    this.deviceMemory =
        switch (device) {
          case Device.Cpu _ -> memory(library, "Cpu", 0);
          case Device.Cuda cuda -> memory(library, "Cuda", cuda.index());
        };
  }

  /**
   * @param model the bytes of an {@code .onnx} file
   * @throws DeviceException if ONNX Runtime refuses the model or the device
   */
  public static BoundModel open(byte[] model, Compute compute) {
    OrtLibrary library = OrtLibrary.shared();
    MemorySegment options = library.make(OrtFunction.CREATE_SESSION_OPTIONS);
    try (Arena arena = Arena.ofConfined()) {
      library.call(OrtFunction.SET_INTRA_OP_THREADS, options, compute.threads());
      library.call(OrtFunction.SET_INTER_OP_THREADS, options, 1);
      library.call(OrtFunction.SET_DETERMINISTIC, options, true);
      OnnxRuntime.sessionEntries(compute)
          .forEach(
              (key, value) ->
                  library.call(
                      OrtFunction.ADD_SESSION_ENTRY,
                      options,
                      arena.allocateFrom(key),
                      arena.allocateFrom(value)));
      OnnxRuntime.profile()
          .ifPresent(
              file ->
                  library.call(OrtFunction.ENABLE_PROFILING, options, arena.allocateFrom(file)));
      if (compute.device() instanceof Device.Cuda cuda) {
        appendCuda(library, options, cuda, arena);
      }
      MemorySegment bytes = arena.allocateFrom(JAVA_BYTE, model);
      // The first session that is opened leaves its thread with tiny numbers as 0.
      MemorySegment session =
          TinyNumbers.flushed(
              () ->
                  library.make(
                      OrtFunction.CREATE_SESSION_FROM_ARRAY,
                      library.environment(),
                      bytes,
                      bytes.byteSize(),
                      options));
      return new BoundModel(library, session, compute.device());
    } finally {
      library.call(OrtFunction.RELEASE_SESSION_OPTIONS, options);
    }
  }

  private static void appendCuda(
      OrtLibrary library, MemorySegment options, Device.Cuda cuda, Arena arena) {
    MemorySegment provider = library.make(OrtFunction.CREATE_CUDA_OPTIONS);
    try {
      Map<String, String> entries = OnnxRuntime.cudaEntries(cuda);
      MemorySegment keys = arena.allocate(ADDRESS, entries.size());
      MemorySegment values = arena.allocate(ADDRESS, entries.size());
      int index = 0;
      for (Map.Entry<String, String> entry : entries.entrySet()) {
        keys.setAtIndex(ADDRESS, index, arena.allocateFrom(entry.getKey()));
        values.setAtIndex(ADDRESS, index, arena.allocateFrom(entry.getValue()));
        index++;
      }
      library.call(OrtFunction.UPDATE_CUDA_OPTIONS, provider, keys, values, (long) entries.size());
      library.call(OrtFunction.APPEND_CUDA, options, provider);
    } finally {
      library.call(OrtFunction.RELEASE_CUDA_OPTIONS, provider);
    }
  }

  private static MemorySegment memory(OrtLibrary library, String name, int index) {
    try (Arena arena = Arena.ofConfined()) {
      return library.make(
          OrtFunction.CREATE_MEMORY_INFO,
          arena.allocateFrom(name),
          name.equals("Cpu") ? ARENA_ALLOCATOR : DEVICE_ALLOCATOR,
          index,
          DEFAULT_MEMORY);
    }
  }

  /**
   * One run of this model, to be given its inputs and outputs and then executed; for one thread.
   */
  public Binding bind() {
    return new Binding(library, session, hostMemory, deviceMemory);
  }

  /**
   * The most bytes of the device's memory that this model has had in use at once; empty where the
   * device's allocator does not count.
   */
  public OptionalLong peakBytes() {
    MemorySegment allocator = library.make(OrtFunction.CREATE_ALLOCATOR, session, deviceMemory);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pairs = library.make(OrtFunction.GET_ALLOCATOR_STATISTICS, allocator);
      String most = library.textOf(OrtFunction.GET_PAIR, pairs, arena.allocateFrom(MOST_IN_USE));
      library.call(OrtFunction.RELEASE_PAIRS, pairs);
      return most.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(most));
    } finally {
      library.call(OrtFunction.RELEASE_ALLOCATOR, allocator);
    }
  }

  /** Frees the model; tensors that it has left on the device stay. */
  @Override
  public void close() {
    library.call(OrtFunction.RELEASE_SESSION, session);
    library.call(OrtFunction.RELEASE_MEMORY_INFO, hostMemory);
    library.call(OrtFunction.RELEASE_MEMORY_INFO, deviceMemory);
  }
}
