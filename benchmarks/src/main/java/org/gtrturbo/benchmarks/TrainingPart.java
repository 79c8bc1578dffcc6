package org.gtrturbo.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.learner.LearnerListener;

/** Watches a run from its checkpoint 0 until it has trained on all its turns. */
final class TrainingPart implements LearnerListener {
  private final long ofTurns;
  private final Duration period;
  private final Path recording;
  private final List<Mark> marks = new ArrayList<>();
  private Optional<CpuProfile> profile = Optional.empty();
  private Optional<CpuProfile.Seconds> seconds = Optional.empty();

  private record Mark(long nanos, long turns) {}

  /**
   * @param ofTurns that the run trains on
   * @param period of CPU time between two looks at a thread
   * @param recording file that the profile is written to
   */
  TrainingPart(long ofTurns, Duration period, Path recording) {
    this.ofTurns = ofTurns;
    this.period = period;
    this.recording = recording;
  }

  @Override
  public synchronized void updated(
      Checkpoint checkpoint, LedgerEntry entry, Map<String, Double> metrics) {
    if (checkpoint.getVersion() == 0) {
      profile = Optional.of(CpuProfile.start(period));
    }
    // Behind the start of the profile, which takes a moment itself.
    marks.add(new Mark(System.nanoTime(), checkpoint.getTurnsTrained()));
    if (checkpoint.getTurnsTrained() >= ofTurns) {
      seconds = profile.map(running -> running.stop(recording));
    }
  }

  /**
   * What the run's CPU time went to.
   *
   * @throws IllegalStateException if the run did not get to its end
   */
  synchronized CpuProfile.Seconds seconds() {
    return seconds.orElseThrow(
        () -> new IllegalStateException("the run ended before it had trained on its turns"));
  }

  /** From checkpoint 0 to the last. */
  synchronized double turnsPerSecond() {
    return rate(marks.getFirst(), marks.getLast());
  }

  /** Turns per second of the run's parts, each of as many updates; the last may be longer. */
  synchronized List<Double> rates(int parts) {
    int updates = marks.size() - 1;
    int wanted = Math.min(parts, updates);
    List<Double> rates = new ArrayList<>();
    for (int part = 0; part < wanted; part++) {
      int from = part * (updates / wanted);
      int to = part == wanted - 1 ? updates : from + updates / wanted;
      rates.add(rate(marks.get(from), marks.get(to)));
    }
    return rates;
  }

  private static double rate(Mark from, Mark to) {
    return (to.turns() - from.turns()) * 1e9 / (to.nanos() - from.nanos());
  }
}
