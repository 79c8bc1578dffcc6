package org.gtrturbo.cli;

import java.time.Duration;

/** Durations as a clock shows them. */
final class ClockTime {
  private ClockTime() {}

  /** {@code h:mm:ss}, fractions of a second cut off. */
  static String of(Duration duration) {
    return "%d:%02d:%02d"
        .formatted(duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart());
  }
}
