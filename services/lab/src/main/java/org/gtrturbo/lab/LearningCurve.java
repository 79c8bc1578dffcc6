package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.List;

/**
 * A success rate over the turns trained on.
 *
 * @param name as the legend says it
 * @param points by turns, rising
 */
public record LearningCurve(String name, List<CurvePoint> points) {
  public LearningCurve {
    points = List.copyOf(points);
  }

  /**
   * Each point the mean of itself and those before it, {@code window} in all where there are so
   * many; without bounds.
   */
  public LearningCurve movingAverage(int window) {
    if (window < 1) {
      throw new IllegalArgumentException("a moving average needs a window of 1, got " + window);
    }
    var smooth = new ArrayList<CurvePoint>();
    for (int last = 0; last < points.size(); last++) {
      double mean =
          points.subList(Math.max(0, last + 1 - window), last + 1).stream()
              .mapToDouble(point -> point.estimate().value())
              .average()
              .orElseThrow();
      smooth.add(new CurvePoint(points.get(last).turns(), Estimate.of(mean)));
    }
    return new LearningCurve(name + ", mean of " + window, smooth);
  }
}
