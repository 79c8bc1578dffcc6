package org.gtrturbo.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.Metric;
import org.gtrturbo.events.MetricNames;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.lab.Evaluated;
import org.gtrturbo.learner.LearnerMetrics;

/**
 * Gathers what the live view shows from the events of a run. Events that come again change nothing
 * for the worse. Safe for use by many threads.
 */
final class RunView {
  static final int BATCHES_OF_AVERAGE = 20;
  private static final Duration PACE_OVER = Duration.ofSeconds(60);

  private final String run;
  private final String environment;
  private final long ofTurns;
  private final Instant startedAt;
  private final List<Double> batches = new ArrayList<>();
  private final Map<Evaluated, ViewState.EvaluatedSuccess> evaluated =
      new EnumMap<>(Evaluated.class);
  private final Map<String, Double> learner = new HashMap<>();
  private final Deque<Pace> paces = new ArrayDeque<>();
  private long newestBatch = -1;
  private Optional<WarmStartStep> firstWarmStart = Optional.empty();
  private Optional<WarmStartStep> warmStart = Optional.empty();
  private Optional<Checkpoint> checkpoint = Optional.empty();
  private Optional<ViewState.TeacherState> teacher = Optional.empty();

  private record Pace(Instant at, long turns) {}

  private record WarmStartStep(int step, int steps, double loss, Instant at) {}

  /**
   * @param ofTurns the run is complete when trained on so many
   */
  RunView(String run, String environment, long ofTurns, Instant startedAt) {
    this.run = run;
    this.environment = environment;
    this.ofTurns = ofTurns;
    this.startedAt = startedAt;
  }

  synchronized void warmStart(int step, int steps, double loss, Instant at) {
    var newest = new WarmStartStep(step, steps, loss, at);
    firstWarmStart = firstWarmStart.or(() -> Optional.of(newest));
    warmStart = Optional.of(newest);
  }

  synchronized void add(Checkpoint newest) {
    checkpoint = Optional.of(newest);
    Instant at = newest.getCreatedAt();
    paces.addLast(new Pace(at, newest.getTurnsTrained()));
    while (paces.size() > 2 && paces.getFirst().at().isBefore(at.minus(PACE_OVER))) {
      paces.removeFirst();
    }
  }

  synchronized void add(Teacher newest) {
    if (!Teachers.isOwn(newest)) {
      return;
    }
    teacher =
        Optional.of(
            new ViewState.TeacherState(newest.getVersion(), newest.getRule(), newest.getMerged()));
  }

  synchronized void add(Metric metric) {
    if (metric.getSource().equals(MetricNames.LEARNER) && metric.getVersion() > newestBatch) {
      newestBatch = metric.getVersion();
      learner.clear();
      learner.putAll(metric.getValues());
      number(LearnerMetrics.SUCCESS_RATE).ifPresent(batches::add);
    }
    for (Evaluated each : Evaluated.values()) {
      each.success(metric)
          .ifPresent(
              success ->
                  evaluated.put(
                      each, new ViewState.EvaluatedSuccess(success, metric.getVersion())));
    }
  }

  synchronized ViewState at(Instant now) {
    OptionalDouble turnsPerSecond = turnsPerSecond();
    return new ViewState(
        run,
        environment,
        Duration.between(startedAt, now),
        phase(turnsPerSecond),
        new ViewState.Success(batches, average(), evaluated),
        new ViewState.Training(
            checkpoint.map(Checkpoint::getVersion),
            teacher,
            turnsPerSecond,
            new ViewState.Entropy(
                number(LearnerMetrics.BEHAVIOUR_THOUGHT_ENTROPY),
                number(LearnerMetrics.BEHAVIOUR_ACTION_ENTROPY)),
            new ViewState.Freshness(
                number(LearnerMetrics.DATA_AGE_SECONDS),
                number(LearnerMetrics.STALENESS_MEAN),
                number(LearnerMetrics.STALENESS_MAX))));
  }

  private ViewState.Phase phase(OptionalDouble turnsPerSecond) {
    if (checkpoint.isPresent()) {
      long turns = checkpoint.get().getTurnsTrained();
      Optional<Duration> left =
          turnsPerSecond.isPresent()
              ? Optional.of(seconds(Math.max(0, ofTurns - turns) / turnsPerSecond.getAsDouble()))
              : Optional.empty();
      return new ViewState.Phase.Training(turns, ofTurns, left);
    }
    return warmStart
        .<ViewState.Phase>map(
            at ->
                new ViewState.Phase.WarmStart(at.step(), at.steps(), at.loss(), warmStartLeft(at)))
        .orElseGet(ViewState.Phase.Starting::new);
  }

  private Optional<Duration> warmStartLeft(WarmStartStep newest) {
    WarmStartStep first = firstWarmStart.orElse(newest);
    double passed = Duration.between(first.at(), newest.at()).toNanos() / 1e9;
    int steps = newest.step() - first.step();
    return passed > 0 && steps > 0
        ? Optional.of(seconds(passed / steps * (newest.steps() - newest.step())))
        : Optional.empty();
  }

  private OptionalDouble turnsPerSecond() {
    if (paces.size() < 2) {
      return OptionalDouble.empty();
    }
    double passed = Duration.between(paces.getFirst().at(), paces.getLast().at()).toNanos() / 1e9;
    long turns = paces.getLast().turns() - paces.getFirst().turns();
    return passed > 0 && turns > 0 ? OptionalDouble.of(turns / passed) : OptionalDouble.empty();
  }

  private OptionalDouble average() {
    return batches
        .subList(Math.max(0, batches.size() - BATCHES_OF_AVERAGE), batches.size())
        .stream()
        .mapToDouble(Double::doubleValue)
        .average();
  }

  private OptionalDouble number(String name) {
    Double value = learner.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis((long) (seconds * 1000));
  }
}
