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
   * The mean of curves, with the t-interval over them, at every point of any of them from where all
   * have begun to where the first ends. Between its points a curve is taken to be straight. One
   * curve is left as it is; those without a point do not count.
   */
  static LearningCurve mean(String name, List<LearningCurve> curves) {
    List<LearningCurve> measured = curves.stream().filter(c -> !c.points().isEmpty()).toList();
    if (measured.size() < 2) {
      return new LearningCurve(
          name, measured.stream().flatMap(curve -> curve.points().stream()).toList());
    }
    long from = measured.stream().mapToLong(c -> c.points().getFirst().turns()).max().orElseThrow();
    long to = measured.stream().mapToLong(c -> c.points().getLast().turns()).min().orElseThrow();
    return new LearningCurve(
        name,
        measured.stream()
            .flatMap(curve -> curve.points().stream().map(CurvePoint::turns))
            .filter(turns -> turns >= from && turns <= to)
            .distinct()
            .sorted()
            .map(
                turns ->
                    new CurvePoint(
                        turns,
                        Statistics.mean(measured.stream().map(curve -> curve.at(turns)).toList())))
            .toList());
  }

  /** Of turns that lie between the first point and the last. */
  private double at(long turns) {
    CurvePoint before = points.getFirst();
    for (CurvePoint after : points) {
      if (after.turns() >= turns) {
        double way =
            after.turns() == before.turns()
                ? 1
                : (double) (turns - before.turns()) / (after.turns() - before.turns());
        return before.estimate().value()
            + way * (after.estimate().value() - before.estimate().value());
      }
      before = after;
    }
    throw new IllegalArgumentException(name + " ends before " + turns + " turns");
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
