package org.gtrturbo.policy.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime's C interface, called without JNI: what Java's own interface leaves out of it,
 * tensors that stay on a device above all. It is the same library, loaded once, as that which
 * Java's interface uses.
 */
final class OrtLibrary {
  private static final int WARNING = 2;
  private static final int OLDEST_MINOR = OrtFunction.TABLE_VERSION;
  private static final Pattern ONE_POINT = Pattern.compile("1\\.(\\d{1,4})(\\.|$)");

  private static @Nullable OrtLibrary loaded;

  private final Map<OrtFunction, MethodHandle> functions = new EnumMap<>(OrtFunction.class);
  private final String version;
  private final MemorySegment environment;

  private OrtLibrary(MemorySegment baseFunction) {
    MethodHandle baseOf =
        Linker.nativeLinker().downcallHandle(baseFunction, FunctionDescriptor.of(ADDRESS));
    MemorySegment both = invoke(baseOf).reinterpret(2 * ADDRESS.byteSize());
    this.version = text(invoke(entry(both, 1, FunctionDescriptor.of(ADDRESS))));
    requireKnown(version);
    MethodHandle tableOf = entry(both, 0, FunctionDescriptor.of(ADDRESS, JAVA_INT));
    MemorySegment table = invoke(tableOf, OrtFunction.TABLE_VERSION);
    if (table.equals(MemorySegment.NULL)) {
      throw unknown(version);
    }
    MemorySegment whole = table.reinterpret((OrtFunction.LAST_PLACE + 1) * ADDRESS.byteSize());
    for (OrtFunction function : OrtFunction.values()) {
      functions.put(function, entry(whole, function.place(), function.descriptor()));
    }
    try (Arena arena = Arena.ofConfined()) {
      this.environment = make(OrtFunction.CREATE_ENVIRONMENT, WARNING, arena.allocateFrom("gtr"));
    }
  }

  /**
   * The library that this process has loaded.
   *
   * @throws DeviceException if it is none whose table is known
   */
  static synchronized OrtLibrary shared() {
    // No holder class: what keeps the library from loading must reach the caller as it is.
    OrtLibrary before = loaded;
    if (before != null) {
      return before;
    }
    OrtLibrary now = load();
    loaded = now;
    return now;
  }

  private static OrtLibrary load() {
    OnnxRuntime.environment();
    return new OrtLibrary(
        SymbolLookup.loaderLookup()
            .find("OrtGetApiBase")
            .orElseThrow(
                () ->
                    new DeviceException(
                        "ONNX Runtime's native library is not loaded by the class loader of this"
                            + " code; put both on one class path")));
  }

  /** Of the native library, {@code 1.29.0} say. */
  String version() {
    return version;
  }

  /** The process's one environment. */
  MemorySegment environment() {
    return environment;
  }

  static void requireKnown(String version) {
    Matcher parts = ONE_POINT.matcher(version);
    if (!parts.lookingAt() || Integer.parseInt(parts.group(1)) < OLDEST_MINOR) {
      throw unknown(version);
    }
  }

  private static DeviceException unknown(String version) {
    return new DeviceException(
        "tensors are kept on a device with ONNX Runtime 1."
            + OLDEST_MINOR
            + " or a newer 1.x, and the native library is "
            + version);
  }

  private static MethodHandle entry(MemorySegment table, int place, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(table.getAtIndex(ADDRESS, place), descriptor);
  }

  /**
   * Calls a function.
   *
   * @throws DeviceException with what ONNX Runtime says, if it refuses
   */
  void call(OrtFunction function, Object... arguments) {
    Object returned = invokeAny(handle(function), arguments);
    if (function.returnsStatus()
        && returned instanceof MemorySegment status
        && !status.equals(MemorySegment.NULL)) {
      String message = text(invoke(handle(OrtFunction.GET_ERROR_MESSAGE), status));
      invokeAny(handle(OrtFunction.RELEASE_STATUS), status);
      throw new DeviceException(message);
    }
  }

  /** As {@link #call}, with an address as the last argument to which the result is written. */
  MemorySegment make(OrtFunction function, Object... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ADDRESS);
      Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
      all[arguments.length] = result;
      call(function, all);
      return result.get(ADDRESS, 0);
    }
  }

  /** The text that a function without a status returns; empty where it returns null. */
  String textOf(OrtFunction function, Object... arguments) {
    MemorySegment found = invoke(handle(function), arguments);
    return found.equals(MemorySegment.NULL) ? "" : text(found);
  }

  private MethodHandle handle(OrtFunction function) {
    MethodHandle handle = functions.get(function);
    if (handle == null) {
      throw new IllegalStateException("function " + function + " is not bound");
    }
    return handle;
  }

  private static String text(MemorySegment address) {
    return address.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static MemorySegment invoke(MethodHandle handle, Object... arguments) {
    return (MemorySegment) invokeAny(handle, arguments);
  }

  private static Object invokeAny(MethodHandle handle, Object... arguments) {
    try {
      return handle.invokeWithArguments(arguments);
    } catch (RuntimeException | Error unchecked) {
      throw unchecked;
    } catch (Throwable failed) {
      throw new IllegalStateException("a call into ONNX Runtime failed", failed);
    }
  }
}
