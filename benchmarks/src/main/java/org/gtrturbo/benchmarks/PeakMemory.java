package org.gtrturbo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** This process's resident memory as Linux tells it. */
final class PeakMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private PeakMemory() {}

  /** The most that was resident so far. */
  static long bytes() {
    return kibibytes("VmHWM:") * 1024;
  }

  /** What is resident now. */
  static long residentBytes() {
    return kibibytes("VmRSS:") * 1024;
  }

  private static long kibibytes(String field) {
    try (var lines = Files.lines(STATUS)) {
      String line =
          lines
              .filter(each -> each.startsWith(field))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException(STATUS + " has no line " + field));
      return Long.parseLong(line.substring(field.length()).replace("kB", "").strip());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "resident memory is read from " + STATUS + ", on Linux only", e);
    }
  }
}
