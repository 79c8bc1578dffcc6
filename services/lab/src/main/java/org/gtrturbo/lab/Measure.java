package org.gtrturbo.lab;

import java.util.Optional;

/** A success rate that a run's summary holds. */
public enum Measure {
  WARM_START_SAMPLED("warm start, sampled"),
  WARM_START_GREEDY("warm start, greedy"),
  POLICY_SAMPLED("policy, sampled"),
  POLICY_GREEDY("policy, greedy"),
  TEACHER_SAMPLED("teacher, sampled"),
  TEACHER_GREEDY("teacher, greedy");

  private final String words;

  Measure(String words) {
    this.words = words;
  }

  /** For people to read. */
  public String words() {
    return words;
  }

  /** Empty where the run has no such policy. */
  public Optional<RunSummary.Rate> of(RunSummary.Results results) {
    return switch (this) {
      case WARM_START_SAMPLED -> Optional.of(results.warmStart().sampled());
      case WARM_START_GREEDY -> Optional.of(results.warmStart().greedy());
      case POLICY_SAMPLED -> Optional.of(results.policy().sampled());
      case POLICY_GREEDY -> Optional.of(results.policy().greedy());
      case TEACHER_SAMPLED -> results.teacher().map(RunSummary.TeacherOutcome::sampled);
      case TEACHER_GREEDY -> results.teacher().map(RunSummary.TeacherOutcome::greedy);
    };
  }
}
