package org.gtrturbo.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.gtrturbo.actor.ActorIdentity;
import org.gtrturbo.actor.ActorListener;
import org.gtrturbo.actor.ActorService;
import org.gtrturbo.events.Turn;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "actors",
    description = {
      "Turns that one actor plays, scores and has acknowledged by Kafka, with no learner at work:",
      "first without a teacher, then with one."
    })
final class ActorsCommand implements Callable<Integer> {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  @Mixin private MeasuredSettings options = new MeasuredSettings();

  @Option(
      names = "--windows",
      defaultValue = "5",
      description = "How often it is measured; default ${DEFAULT-VALUE}.")
  private int windows = 5;

  @Option(
      names = "--window-seconds",
      defaultValue = "5",
      description = "How long each time, and before the first; default ${DEFAULT-VALUE}.")
  private int windowSeconds = 5;

  @Override
  public Integer call() throws InterruptedException {
    String[] usual = {
      "run.name=bench", "warmStart.steps=300", "actor.threads=2", "actor.maxLagTurns=1000000000"
    };
    Settings guided = options.over(usual);
    Settings unguided = options.over(with(usual, "guidance.kind=none"));
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      System.err.println("Training a warm start of " + guided.warmStart().steps() + " steps");
      try (WarmRun run = WarmRun.prepare(guided, folder.path())) {
        Measurement alone = measure("actors-unguided", unguided, run);
        Measurement scored = measure("actors", guided, run);
        System.out.println(alone.json());
        System.out.println(scored.json());
      }
    }
    return 0;
  }

  private static String[] with(String[] usual, String change) {
    List<String> all = new ArrayList<>(List.of(usual));
    all.add(change);
    return all.toArray(String[]::new);
  }

  private Measurement measure(String name, Settings settings, WarmRun run)
      throws InterruptedException {
    System.err.println("Measuring " + name);
    List<Double> rates = new ArrayList<>();
    try (ActorService actor =
            ActorService.start(
                settings,
                run.cluster(),
                run.blobs(),
                ActorIdentity.startedNow(name),
                ActorListener.NONE);
        EventReader<Turn> log =
            EventReader.open(
                run.cluster(), run.topics().trajectories(), name, DeadLetters.logged(name))) {
      log.assignAll();
      awaitFirstTurns(log, actor);
      Thread.sleep(Duration.ofSeconds(windowSeconds));
      for (int window = 0; window < windows; window++) {
        rates.add(turnsPerSecond(log));
        actor.throwIfFailed();
      }
    }
    return Measurement.of(name, "turns/s", rates);
  }

  private static void awaitFirstTurns(EventReader<Turn> log, ActorService actor)
      throws InterruptedException {
    long before = turns(log);
    while (turns(log) == before) {
      actor.throwIfFailed();
      Thread.sleep(LOOK_AGAIN);
    }
  }

  private double turnsPerSecond(EventReader<Turn> log) throws InterruptedException {
    long before = turns(log);
    long since = System.nanoTime();
    Thread.sleep(Duration.ofSeconds(windowSeconds));
    long played = turns(log) - before;
    return played * 1e9 / (System.nanoTime() - since);
  }

  /** All turns that the log holds; what is in it, every replica has. */
  private static long turns(EventReader<Turn> log) {
    return log.endOffsets().values().stream().mapToLong(Long::longValue).sum();
  }
}
