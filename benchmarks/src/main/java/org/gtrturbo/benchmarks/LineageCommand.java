package org.gtrturbo.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.lineage.Lineage;
import org.gtrturbo.lineage.RecordFate;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "lineage",
    description = {
      "How long gtr lineage takes for an answer: the log of a run read, a teacher traced back to",
      "the records that trained it, a record traced to the teachers that it has a part in."
    })
final class LineageCommand implements Callable<Integer> {
  @Mixin private MeasuredSettings options = new MeasuredSettings();

  @Option(
      names = "--checkpoints",
      defaultValue = "1000",
      description = "Versions of the run, each with teacher and ledger entry; ${DEFAULT-VALUE}.")
  private int checkpoints = 1000;

  @Option(
      names = "--repetitions",
      defaultValue = "41",
      description = "How often each is measured; default ${DEFAULT-VALUE}.")
  private int repetitions = 41;

  @Override
  public Integer call() {
    Settings settings = options.over("run.name=bench");
    var topics = new TopicCatalogue("bench", settings.kafka().trajectoryPartitions());
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      var typed = new TypedCommand(folder.path(), checkpoints - 1L);
      typed.makeRun(settings);
      try (EmbeddedBroker broker = EmbeddedBroker.start(typed.broker())) {
        measure(broker, settings, topics, typed.blobs());
        System.out.println(typed.measured("lineage-command"));
      }
      System.out.println(typed.measured("lineage-command-own-broker"));
    }
    return 0;
  }

  private void measure(
      EmbeddedBroker broker, Settings settings, TopicCatalogue topics, Path blobs) {
    var cluster = new Cluster(broker.bootstrap());
    long bytes = new UnplayedRun(settings, topics, checkpoints).publish(cluster);
    System.out.printf(
        Locale.ROOT,
        "%,d versions, %,.1f MB of checkpoints, teachers and ledger%n",
        checkpoints,
        bytes / 1e6);
    print(
        new Question("lineage-teacher", lineage -> require(lineage.teacher(checkpoints - 1L))),
        new Question("lineage-turn", LineageCommand::traceTheFirstTurn),
        new RecordedRun(cluster, topics, new FolderBlobStore(blobs)));
  }

  /** What is asked of a run's log, which is read for it. */
  private record Question(String name, Consumer<Lineage> asked, List<Double> millis) {
    Question(String name, Consumer<Lineage> asked) {
      this(name, asked, new ArrayList<>());
    }

    void ask(RecordedRun run) {
      long begun = System.nanoTime();
      asked.accept(run.lineage(""));
      millis.add((System.nanoTime() - begun) / 1e6);
    }
  }

  /** In turn, so that what is compiled on the way is for both. */
  private void print(Question teacher, Question turn, RecordedRun run) {
    for (int repetition = 0; repetition <= repetitions; repetition++) {
      teacher.ask(run);
      turn.ask(run);
    }
    // The first answer is the one that a person waits for: nothing is compiled for it yet.
    double first = teacher.millis().getFirst();
    System.out.println(Measurement.of("lineage-first", "ms", List.of(first)).json());
    for (Question question : List.of(teacher, turn)) {
      List<Double> millis = question.millis().subList(1, question.millis().size());
      System.out.println(Measurement.of(question.name(), "ms", millis).json());
    }
  }

  private static void traceTheFirstTurn(Lineage lineage) {
    if (!(lineage.fate(0, 0) instanceof RecordFate.Trained(long version, _))
        || lineage.touchedBy(version).isEmpty()) {
      throw new IllegalStateException("the first turn has a part in no teacher");
    }
  }

  private static void require(Optional<?> answer) {
    if (answer.isEmpty()) {
      throw new IllegalStateException("the run has no such teacher");
    }
  }
}
