package org.gtrturbo.lab;

import java.util.List;

/**
 * The learning curves of an arm: of its run, or the mean over its seeds.
 *
 * @param name as the legend says it
 */
public record ArmCurves(String name, List<RunCurves> runs) {
  public ArmCurves {
    runs = List.copyOf(runs);
  }

  /** How the policy plays with its tokens sampled; see {@link RunCurves#played}. */
  LearningCurve played() {
    return LearningCurve.mean(name, runs.stream().map(RunCurves::played).toList());
  }

  /** The policy's success, its tokens the likeliest; without points where it was not evaluated. */
  LearningCurve greedy() {
    return LearningCurve.mean(
        name + ", greedy",
        runs.stream().flatMap(run -> run.evaluated(Evaluated.POLICY_GREEDY).stream()).toList());
  }
}
