package org.gtrturbo.lab;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.MetricNames;
import org.gtrturbo.events.Run;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;

/**
 * The learning curves of a run, put together from its checkpoints, which say how many turns a
 * version has been trained on, and its metrics, in whatever order they come.
 */
public final class RunCurves {
  private static final int BATCHES_OF_AVERAGE = 20;

  private final Map<Long, Long> turnsByVersion = new HashMap<>();
  private final Map<Long, Estimate> batches = new HashMap<>();
  private final Map<Evaluated, Map<Long, Estimate>> evaluations = new EnumMap<>(Evaluated.class);

  private boolean isReplay;

  /** Everything that the cluster holds of a run now. */
  public static RunCurves read(Cluster cluster, TopicCatalogue topics) {
    var curves = new RunCurves();
    read(cluster, topics.checkpoints(), curves::add);
    read(cluster, topics.metrics(), curves::add);
    read(
        cluster,
        TopicCatalogue.runs(),
        run -> {
          if (run.getRun().equals(topics.run())) {
            curves.add(run);
          }
        });
    return curves;
  }

  private static <T extends SpecificRecord> void read(
      Cluster cluster, Topic<T> topic, Consumer<T> listener) {
    String client = "curves-" + topic.name();
    try (var reader = EventReader.open(cluster, topic, client, DeadLetters.logged(client))) {
      reader.readToEnd(
          received -> {
            if (received instanceof Received.Event<T> event) {
              listener.accept(event.value());
            }
          });
    }
  }

  public void add(Checkpoint checkpoint) {
    turnsByVersion.put(checkpoint.getVersion(), checkpoint.getTurnsTrained());
  }

  public void add(Run run) {
    isReplay = !run.getReplayOf().isEmpty();
  }

  /** A repeated version takes the place of what was said before. */
  public void add(Metric metric) {
    if (metric.getSource().equals(MetricNames.LEARNER)) {
      Optional.ofNullable(metric.getValues().get(MetricNames.SUCCESS_RATE))
          .ifPresent(rate -> batches.put(metric.getVersion(), Estimate.of(rate)));
    }
    for (Evaluated evaluated : Evaluated.values()) {
      evaluated
          .success(metric)
          .ifPresent(
              success ->
                  evaluations
                      .computeIfAbsent(evaluated, _ -> new HashMap<>())
                      .put(metric.getVersion(), success));
    }
  }

  /** Whether its batches are those of a recorded run. */
  boolean isReplay() {
    return isReplay;
  }

  /** How far the newest checkpoint came; nowhere where there is none. */
  public RunStanding.Reached reached() {
    return new RunStanding.Reached(
        turnsByVersion.values().stream().mapToLong(Long::longValue).max().orElse(0),
        turnsByVersion.keySet().stream().mapToLong(Long::longValue).max().orElse(0));
  }

  /** Whether there is anything to draw. */
  public boolean isEmpty() {
    return (isReplay || batches().points().isEmpty())
        && evaluations.keySet().stream()
            .allMatch(each -> evaluated(each).orElseThrow().points().isEmpty());
  }

  /** The success rate of the episodes that each update was trained on. */
  public LearningCurve batches() {
    return curve("training batches", batches);
  }

  /**
   * How the policy plays with its tokens sampled: in the batches that it was trained on, smoothed;
   * in a replay, whose batches another policy played, as it was evaluated.
   */
  LearningCurve played() {
    return isReplay
        ? evaluated(Evaluated.POLICY_SAMPLED)
            .orElseGet(() -> new LearningCurve(Evaluated.POLICY_SAMPLED.words(), List.of()))
        : batches().movingAverage(BATCHES_OF_AVERAGE);
  }

  /** Empty where it was never evaluated. */
  public Optional<LearningCurve> evaluated(Evaluated evaluated) {
    return Optional.ofNullable(evaluations.get(evaluated))
        .map(points -> curve(evaluated.words(), points));
  }

  /** A version without a checkpoint has no place on the axis and is left out. */
  private LearningCurve curve(String name, Map<Long, Estimate> byVersion) {
    List<CurvePoint> points = new ArrayList<>();
    byVersion.forEach(
        (version, estimate) ->
            Optional.ofNullable(turnsByVersion.get(version))
                .ifPresent(turns -> points.add(new CurvePoint(turns, estimate))));
    points.sort(Comparator.comparingLong(CurvePoint::turns));
    return new LearningCurve(name, points);
  }
}
