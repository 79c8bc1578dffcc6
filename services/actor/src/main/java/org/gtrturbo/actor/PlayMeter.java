package org.gtrturbo.actor;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.gtrturbo.events.MetricNames;

/** Sums up what workers play until somebody reads it. Safe for use by many threads. */
final class PlayMeter {
  private PlayedRound.Counts counts = PlayedRound.Counts.NONE;
  private double thoughtEntropy;
  private double actionEntropy;
  private OptionalLong policyVersion = OptionalLong.empty();
  private OptionalLong teacherVersion = OptionalLong.empty();

  /**
   * What was played since the last reading.
   *
   * @param policyVersion of the newest round ever; empty before the first
   */
  record Reading(OptionalLong policyVersion, Map<String, Double> values) {}

  synchronized void add(PlayedRound round) {
    counts = counts.plus(round.counts());
    thoughtEntropy += round.thoughtEntropy();
    actionEntropy += round.actionEntropy();
    policyVersion = OptionalLong.of(round.policyVersion());
    teacherVersion = round.teacherVersion();
  }

  /** Reads and starts over; a mean over nothing is left out. */
  synchronized Reading read(Duration elapsed) {
    Map<String, Double> values = new LinkedHashMap<>();
    double turns = counts.turns();
    values.put("turnsPerSecond", turns * 1e9 / Math.max(1, elapsed.toNanos()));
    values.put("episodes", (double) counts.episodes());
    teacherVersion.ifPresent(version -> values.put("teacherVersion", (double) version));
    if (counts.episodes() > 0) {
      values.put(MetricNames.SUCCESS_RATE, (double) counts.successes() / counts.episodes());
    }
    if (turns > 0) {
      values.put(MetricNames.FORMATTED, counts.formatted() / turns);
      values.put("thoughtEntropy", thoughtEntropy / turns);
      values.put("actionEntropy", actionEntropy / turns);
      values.put(MetricNames.TOKENS_PER_TURN, counts.tokens() / turns);
    }
    counts = PlayedRound.Counts.NONE;
    thoughtEntropy = 0;
    actionEntropy = 0;
    return new Reading(policyVersion, values);
  }
}
