package org.gtrturbo.policy.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;

/** NVIDIA's driver, asked what it has; its interface is the CUDA driver API. */
final class CudaDriver {
  static final String FILE = "libcuda.so.1";

  private static final int SUCCESS = 0;
  private static final int NAME_BYTES = 256;

  private final SymbolLookup library;

  private CudaDriver(SymbolLookup library) {
    this.library = library;
  }

  /**
   * @throws IllegalArgumentException if the driver is not installed
   */
  static CudaDriver load() {
    return new CudaDriver(SymbolLookup.libraryLookup(FILE, Arena.global()));
  }

  /**
   * What the driver has.
   *
   * @param cuda the newest version of CUDA that it runs, 1000 × major + 10 × minor
   */
  record Standing(int cuda, List<Gpu> gpus) {}

  /**
   * @throws DeviceException with the driver's number for what is wrong
   */
  Standing standing() {
    try (Arena arena = Arena.ofConfined()) {
      require("cuInit", call("cuInit", List.of(JAVA_INT), 0));
      MemorySegment number = arena.allocate(JAVA_INT);
      require("cuDriverGetVersion", call("cuDriverGetVersion", List.of(ADDRESS), number));
      int cuda = number.get(JAVA_INT, 0);
      require("cuDeviceGetCount", call("cuDeviceGetCount", List.of(ADDRESS), number));
      int count = number.get(JAVA_INT, 0);
      List<Gpu> gpus = new ArrayList<>();
      for (int index = 0; index < count; index++) {
        gpus.add(gpu(index, arena));
      }
      return new Standing(cuda, gpus);
    }
  }

  private Gpu gpu(int index, Arena arena) {
    MemorySegment handle = arena.allocate(JAVA_INT);
    require("cuDeviceGet", call("cuDeviceGet", List.of(ADDRESS, JAVA_INT), handle, index));
    int device = handle.get(JAVA_INT, 0);
    MemorySegment name = arena.allocate(NAME_BYTES);
    require(
        "cuDeviceGetName",
        call("cuDeviceGetName", List.of(ADDRESS, JAVA_INT, JAVA_INT), name, NAME_BYTES, device));
    MemorySegment bytes = arena.allocate(JAVA_LONG);
    require(
        "cuDeviceTotalMem", call("cuDeviceTotalMem_v2", List.of(ADDRESS, JAVA_INT), bytes, device));
    return new Gpu(index, name.getString(0), bytes.get(JAVA_LONG, 0));
  }

  private int call(String function, List<MemoryLayout> arguments, Object... values) {
    MemorySegment address =
        library
            .find(function)
            .orElseThrow(() -> new DeviceException(FILE + " has no function " + function));
    FunctionDescriptor descriptor =
        FunctionDescriptor.of(JAVA_INT, arguments.toArray(MemoryLayout[]::new));
    try {
      Object code =
          Linker.nativeLinker().downcallHandle(address, descriptor).invokeWithArguments(values);
      return code instanceof Integer number ? number : -1;
    } catch (RuntimeException | Error unchecked) {
      throw unchecked;
    } catch (Throwable failed) {
      throw new IllegalStateException("a call into " + FILE + " failed", failed);
    }
  }

  private static void require(String function, int code) {
    if (code != SUCCESS) {
      throw new DeviceException(
          "NVIDIA's driver answers "
              + function
              + " with error "
              + code
              + (code == 100 ? " (no GPU is there)" : ""));
    }
  }
}
