package org.gtrturbo.cli;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.Topic;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.DeadLetters;
import org.gtrturbo.platform.kafka.EventReader;
import org.gtrturbo.platform.kafka.Received;
import org.gtrturbo.platform.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "topics", description = "Says in words what is on a run's log.")
final class TopicsCommand implements Callable<Integer> {
  @Mixin private RunOptions options = new RunOptions();

  @Override
  public Integer call() {
    Settings settings = options.settings();
    RunFolder folder = options.folder(settings);
    Optional<Cluster> named = Cluster.named(settings.kafka());
    if (named.isPresent()) {
      describe(settings, named.get());
      return 0;
    }
    if (!Files.exists(folder.broker())) {
      throw new UsageException(
          "run "
              + settings.run().name()
              + " has no log in "
              + folder.path()
              + "; start it with gtr run");
    }
    Logging.toFile(folder.log());
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.broker())) {
      describe(settings, new Cluster(broker.bootstrap()));
    }
    return 0;
  }

  private static void describe(Settings settings, Cluster cluster) {
    cluster.check(Duration.ofSeconds(20));
    TopicCatalogue topics =
        new TopicCatalogue(settings.run().name(), settings.kafka().trajectoryPartitions());
    line(topics.trajectories(), count(cluster, topics.trajectories()) + " turns");
    line(
        topics.checkpoints(),
        EventReader.latest(cluster, topics.checkpoints())
            .map(event -> checkpoint(event.value()))
            .orElse("no checkpoint yet"));
    line(
        topics.teachers(),
        EventReader.latest(cluster, topics.teachers(), Teachers::isOwn)
            .map(event -> teacher(event.value()))
            .orElse("no teacher yet"));
    line(topics.ledger(), ledger(cluster, topics));
    line(topics.metrics(), count(cluster, topics.metrics()) + " records");
    line(topics.deadLetters(), deadLetters(cluster, topics));
  }

  private static void line(Topic<?> topic, String words) {
    System.out.printf("%-32s %s%n", topic.name(), words);
  }

  private static String checkpoint(Checkpoint newest) {
    return String.format(
        Locale.ROOT,
        "version %d, trained on %,d turns, hash %s, of %s",
        newest.getVersion(),
        newest.getTurnsTrained(),
        shortened(newest.getHash()),
        newest.getCreatedAt());
  }

  private static String teacher(Teacher newest) {
    return String.format(
        Locale.ROOT,
        "version %d by %s %s, %d merged, hash %s, of %s",
        newest.getVersion(),
        newest.getRule(),
        newest.getRuleSettings(),
        newest.getMerged(),
        shortened(newest.getHash()),
        newest.getCreatedAt());
  }

  private static String shortened(String hash) {
    return hash.substring(0, Math.min(12, hash.length()));
  }

  private static String ledger(Cluster cluster, TopicCatalogue topics) {
    long[] sums = new long[2];
    try (var reader =
        EventReader.open(cluster, topics.ledger(), "topics", DeadLetters.logged("topics"))) {
      reader.readToEnd(
          received -> {
            if (received instanceof Received.Event<LedgerEntry> event) {
              sums[0] += event.value().getTurnsTrained();
              event.value().getLeftOut().forEach(left -> sums[1] += left.getTurns());
            }
          });
    }
    return String.format(Locale.ROOT, "%,d turns trained on, %,d left out", sums[0], sums[1]);
  }

  private static String deadLetters(Cluster cluster, TopicCatalogue topics) {
    return EventReader.latest(cluster, topics.deadLetters())
        .map(
            event ->
                count(cluster, topics.deadLetters())
                    + " records, the newest from "
                    + event.value().getTopic()
                    + "-"
                    + event.value().getPartition()
                    + "@"
                    + event.value().getOffset()
                    + ": "
                    + event.value().getReason())
        .orElse("none");
  }

  private static String count(Cluster cluster, Topic<?> topic) {
    try (var reader = EventReader.open(cluster, topic, "topics", DeadLetters.logged("topics"))) {
      reader.assignAll();
      long begin = reader.beginningOffsets().values().stream().mapToLong(Long::longValue).sum();
      long end = reader.endOffsets().values().stream().mapToLong(Long::longValue).sum();
      return String.format(Locale.ROOT, "%,d", end - begin);
    }
  }
}
