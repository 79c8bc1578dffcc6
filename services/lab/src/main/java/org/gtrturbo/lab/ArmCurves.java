package org.gtrturbo.lab;

import java.util.List;

/**
 * The learning curves of an arm: of its run, or the mean over its seeds.
 *
 * @param name as the legend says it
 */
public record ArmCurves(String name, List<RunCurves> runs) {
  static final int BATCHES_OF_AVERAGE = 20;

  public ArmCurves {
    runs = List.copyOf(runs);
  }

  /** The success rate of the episodes trained on, smoothed within each run. */
  LearningCurve batches() {
    return LearningCurve.mean(
        name, runs.stream().map(run -> run.batches().movingAverage(BATCHES_OF_AVERAGE)).toList());
  }

  /** The policy's success, its tokens the likeliest; without points where it was not evaluated. */
  LearningCurve greedy() {
    return LearningCurve.mean(
        name + ", greedy",
        runs.stream().flatMap(run -> run.evaluated(Evaluated.POLICY_GREEDY).stream()).toList());
  }
}
