package org.gtrturbo.lineage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.gtrturbo.lineage.SmallRuns.digest;
import static org.gtrturbo.lineage.SmallRuns.entry;
import static org.gtrturbo.lineage.SmallRuns.range;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.gtrturbo.events.LedgerEntry;
import org.gtrturbo.events.PartitionProgress;
import org.gtrturbo.events.TopicCatalogue;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.gtrturbo.platform.broker.EmbeddedBroker;
import org.gtrturbo.platform.kafka.Cluster;
import org.gtrturbo.platform.kafka.TopicAdmin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is asked for of the end of a run is read without the rest of it. The run: versions 1 to 5
 * were trained on 10, 20, 30, 40 and 50 turns.
 */
@Timeout(60)
class RecordedRunTest {
  private static EmbeddedBroker broker;
  private static RecordedRun run;

  @BeforeAll
  static void recordARun(@TempDir Path data, @TempDir Path blobs) {
    broker = EmbeddedBroker.start(data);
    var cluster = new Cluster(broker.bootstrap());
    var topics = new TopicCatalogue("recorded", 1);
    TopicAdmin.create(cluster, topics.all());
    run = new RecordedRun(cluster, topics, new FolderBlobStore(blobs));
    try (var ledger = cluster.publisher(topics.ledger(), "test");
        var checkpoints = cluster.publisher(topics.checkpoints(), "test")) {
      long position = 0;
      for (int version = 0; version <= 5; version++) {
        ledger.publish("recorded", trained(version, position));
        position += 10 * version;
        checkpoints.publish(
            "recorded",
            SmallRuns.checkpoint(version, new PartitionProgress(0, position, List.of())).build());
      }
    }
  }

  private static LedgerEntry trained(int version, long from) {
    int turns = 10 * version;
    return version == 0
        ? entry(0, List.of(), List.of()).build()
        : entry(
                version,
                List.of(range(0, from, from + turns - 1)),
                Collections.nCopies(turns, digest("any")))
            .build();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void theNewestEntriesAreAsManyAsHaveTheTurns() {
    assertThat(versions(run.newestLedger(5, 1))).containsExactly(5L);
    assertThat(versions(run.newestLedger(5, 50))).containsExactly(5L);
    assertThat(versions(run.newestLedger(5, 51))).containsExactly(4L, 5L);
    assertThat(versions(run.newestLedger(5, 120))).containsExactly(3L, 4L, 5L);
  }

  @Test
  void entriesBehindTheVersionAreNotAmongThem() {
    assertThat(versions(run.newestLedger(3, 31))).containsExactly(2L, 3L);
    assertThat(versions(run.newestLedger(1, 31))).containsExactly(1L);
  }

  @Test
  void whereThereAreNotSoManyTurnsAllAreAmongThemThatWereTrainedOn() {
    assertThat(versions(run.newestLedger(5, 1_000))).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(run.newestLedger(0, 1_000)).isEmpty();
  }

  @Test
  void readingGoesOnBehindAVersionThatIsNamedAlone() {
    try (RecordedTurns turns = run.turnsBehind(2)) {
      assertThatThrownBy(() -> turns.take(trained(3, 30)))
          .isInstanceOf(TamperedLogException.class)
          .hasMessageContaining("the log ends at 0");
    }
    assertThatThrownBy(() -> run.turnsBehind(7))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the log of run recorded lacks version 7; gtr verify says more");
  }

  private static List<Long> versions(List<LedgerEntry> entries) {
    return entries.stream().map(LedgerEntry::getVersion).toList();
  }
}
