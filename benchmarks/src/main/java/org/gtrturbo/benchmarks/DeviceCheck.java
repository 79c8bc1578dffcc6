package org.gtrturbo.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * One thing that was looked at on a device.
 *
 * @param figures that were measured, by name
 * @param reason why it failed or was left out; empty where it passed
 */
record DeviceCheck(
    String name, Verdict verdict, SequencedMap<String, Object> figures, String reason) {

  enum Verdict {
    PASS,
    FAIL,
    SKIPPED
  }

  /** Passed where {@code holds}. */
  static DeviceCheck of(
      String name, boolean holds, SequencedMap<String, Object> figures, String otherwise) {
    return new DeviceCheck(
        name, holds ? Verdict.PASS : Verdict.FAIL, figures, holds ? "" : otherwise);
  }

  static DeviceCheck skipped(String name, String reason) {
    return new DeviceCheck(name, Verdict.SKIPPED, new LinkedHashMap<>(), reason);
  }

  /** What a line of the results says. */
  Map<String, Object> line() {
    return Map.of("check", name, "verdict", verdict.name(), "figures", figures, "reason", reason);
  }
}
