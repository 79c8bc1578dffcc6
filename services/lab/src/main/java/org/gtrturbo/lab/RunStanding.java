package org.gtrturbo.lab;

import java.util.Optional;
import org.gtrturbo.platform.settings.Settings;

/**
 * Where a run stands, as a comparison needs it.
 *
 * @param label what tables and legends call it
 * @param results empty where the run has not summed itself up
 */
public record RunStanding(
    String label,
    Settings settings,
    RunState state,
    Reached reached,
    Optional<RunSummary.Results> results) {

  /**
   * How far it came.
   *
   * @param turns trained on
   * @param updates of the policy
   */
  public record Reached(long turns, long updates) {}

  /** As a summary says it. */
  public static RunStanding of(Settings settings, RunSummary summary) {
    return new RunStanding(
        label(summary.run()),
        settings,
        switch (summary.ending()) {
          case COMPLETED -> RunState.COMPLETE;
          case STOPPED -> RunState.STOPPED;
        },
        new Reached(summary.progress().turns(), summary.progress().updates()),
        Optional.of(summary.results()));
  }

  private static String label(RunSummary.Identity run) {
    return label(run.name(), run.replay().map(RunSummary.Replay::of));
  }

  /** What a run is called, and the run that it replays, where it replays one. */
  public static String label(String name, Optional<String> replayOf) {
    return name + replayOf.map(of -> " (replay of " + of + ")").orElse("");
  }

  public String environment() {
    return settings.environment().name();
  }

  public long seed() {
    return settings.run().seed();
  }

  /** Empty where the run has no summary or no such policy. */
  Optional<RunSummary.Rate> rate(Measure measure) {
    return results.flatMap(measure::of);
  }
}
