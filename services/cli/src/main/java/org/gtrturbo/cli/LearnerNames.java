package org.gtrturbo.cli;

/** The learner's metrics that are shown, by their names in its events. */
final class LearnerNames {
  static final String SUCCESS_RATE = "success rate";
  static final String THOUGHT_ENTROPY = "behaviour thought entropy";
  static final String ACTION_ENTROPY = "behaviour action entropy";
  static final String DATA_AGE_SECONDS = "data age seconds";
  static final String STALENESS_MEAN = "staleness mean";
  static final String STALENESS_MAX = "staleness max";

  private LearnerNames() {}
}
