package org.gtrturbo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which of its kernels OpenBLAS is to take. A release that is older than the processor does not
 * know it and takes those of a Pentium 4: Debian 12's multiplies matrices five times as fast when
 * told what the processor has.
 */
final class OpenBlasCore {
  static final String VARIABLE = "OPENBLAS_CORETYPE";
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

  private OpenBlasCore() {}

  /**
   * The newest kernels that this processor can run; none where the user says, or nothing is known.
   */
  static Optional<String> named() {
    if (System.getenv(VARIABLE) != null || !Files.isReadable(PROCESSORS)) {
      return Optional.empty();
    }
    try (var lines = Files.lines(PROCESSORS)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .flatMap(line -> named(List.of(line.split("\\s+"))));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + PROCESSORS + ": " + e, e);
    }
  }

  /**
   * @param flags as the system lists them
   */
  static Optional<String> named(List<String> flags) {
    if (flags.containsAll(List.of("avx512f", "avx512bw", "avx512vl", "avx512dq"))) {
      return Optional.of("SKYLAKEX");
    }
    return flags.containsAll(List.of("avx2", "fma")) ? Optional.of("HASWELL") : Optional.empty();
  }
}
