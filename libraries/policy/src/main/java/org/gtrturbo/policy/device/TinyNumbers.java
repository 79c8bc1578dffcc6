package org.gtrturbo.policy.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * Numbers that are too small to be normal, below 1.2e-38 in float32, taken for 0.
 *
 * <p>A processor of x86-64 takes some hundred cycles for an operation on such a number, and
 * attention is full of them: ONNX Runtime's softmax makes 4e-39 of every masked score, and the
 * products behind it multiply by that. ONNX Runtime's own setting reaches the threads of its pools
 * and the one that opens the process's first session, not the others that run sessions.
 */
public final class TinyNumbers {
  /** Of the control word of SSE and AVX: results are flushed to 0, operands taken for 0. */
  private static final int FLUSHED = 1 << 15 | 1 << 6;

  /** What {@code fenv_t} is on Linux for x86-64: the older unit's 28 bytes, then that word. */
  private static final long CONTROL_WORD = 28;

  private static final long ENVIRONMENT_BYTES = 32;

  private static final Optional<Switch> SWITCH = find();

  private TinyNumbers() {}

  /** A call of native code. */
  @FunctionalInterface
  public interface Computation<T, E extends Exception> {
    T run() throws E;
  }

  /** Two states of the processor's arithmetic, set for the thread that calls. */
  private record Switch(MethodHandle set, MemorySegment flushed, MemorySegment exact) {
    void to(MemorySegment environment) {
      try {
        int _ = (int) set.invokeExact(environment);
      } catch (RuntimeException | Error unchecked) {
        throw unchecked;
      } catch (Throwable failed) {
        throw new IllegalStateException("the processor's arithmetic cannot be set", failed);
      }
    }
  }

  private static Optional<Switch> find() {
    boolean isKnown =
        System.getProperty("os.name").toLowerCase(Locale.ROOT).equals("linux")
            && System.getProperty("os.arch").equals("amd64");
    SymbolLookup library = Linker.nativeLinker().defaultLookup();
    if (!isKnown || library.find("fegetenv").isEmpty() || library.find("fesetenv").isEmpty()) {
      return Optional.empty();
    }
    MethodHandle get = function(library, "fegetenv");
    MemorySegment exact = Arena.global().allocate(ENVIRONMENT_BYTES, Integer.BYTES);
    MemorySegment flushed = Arena.global().allocate(ENVIRONMENT_BYTES, Integer.BYTES);
    new Switch(get, exact, exact).to(exact);
    flushed.copyFrom(exact);
    flushed.set(JAVA_INT, CONTROL_WORD, exact.get(JAVA_INT, CONTROL_WORD) | FLUSHED);
    return Optional.of(new Switch(function(library, "fesetenv"), flushed, exact));
  }

  private static MethodHandle function(SymbolLookup library, String name) {
    return Linker.nativeLinker()
        .downcallHandle(
            library.find(name).orElseThrow(),
            FunctionDescriptor.of(JAVA_INT, ADDRESS),
            Linker.Option.critical(false));
  }

  /**
   * Runs native code of this thread with tiny numbers as 0; behind it this thread computes as Java
   * has to. Elsewhere than on Linux for x86-64 nothing is changed.
   *
   * @param computation nothing but calls of native code, which must not wait for other threads
   */
  public static <T, E extends Exception> T flushed(Computation<T, E> computation) throws E {
    if (SWITCH.isEmpty()) {
      return computation.run();
    }
    Switch arithmetic = SWITCH.get();
    arithmetic.to(arithmetic.flushed());
    try {
      return computation.run();
    } finally {
      arithmetic.to(arithmetic.exact());
    }
  }
}
