package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mergers of one run, come and gone in mid-run, that fold its shards between them. The others keep
 * the state of the one that coordinates, and one of them goes on in its place when it is killed and
 * does not come back.
 */
class ScaledMergersTest {
  private static final int SHARD_BYTES = 1600;
  private static final MergePlan PLAN = new MergePlan(new Ema(0.5), 1);
  private static final List<String> NAMES = List.of("first", "second", "third");

  @TempDir Path folder;

  @Test
  void mergersThatComeAndGoMakeTheTeachersOfOneThatIsAlone() throws Exception {
    try (var run =
        new LiveRun(
            folder,
            "merger.shardBytes=" + SHARD_BYTES,
            // Kafka Streams gives a killed one's task to any of the others: a state as small as
            // this counts as caught up wherever it is. So each must keep a copy.
            "merger.standbys=" + (NAMES.size() - 1),
            "merger.silentSeconds=6")) {
      Map<String, Process> mergers = new HashMap<>();
      mergers.put("first", run.victim("first", "merger.instance=first"));
      run.publish(0, 1, 2);
      run.awaitTeacher(2);

      mergers.put("second", run.victim("second", "merger.instance=second", "merger.threads=2"));
      mergers.put("third", run.victim("third", "merger.instance=third"));
      run.publish(3, 4, 5);
      run.awaitTeacher(5);
      await().atMost(LiveRun.PATIENCE).until(() -> holdState().equals(NAMES));
      String killed = run.coordinator();
      LiveRun.kill(mergers.get(killed));
      run.publish(6, 7);
      run.awaitTeacher(7);
      assertThat(run.coordinator()).isNotEqualTo(killed);
      mergers.put(killed, run.victim(killed, "merger.instance=" + killed));
      run.publish(8);
      run.awaitTeacher(8);

      LiveRun.end(mergers.get("first"));
      LiveRun.end(mergers.get("second"));
      run.publish(9, 10);
      run.awaitTeacher(10);
      LiveRun.kill(mergers.get("third"));

      assertThat(run.announced())
          .extracting(Teacher::getVersion, Teacher::getHash)
          .containsExactlyElementsOf(
              new RecordedRun(new FolderBlobStore(folder.resolve("undisturbed")))
                  .undisturbed(PLAN, SHARD_BYTES, 10).stream()
                      .map(t -> tuple(t.getVersion(), t.getHash()))
                      .toList());
    }
  }

  /** The mergers that have the coordinator's state on their disk. */
  private List<String> holdState() {
    return NAMES.stream()
        .filter(
            name ->
                Files.isDirectory(
                    folder.resolve(name).resolve("gtr-recorded-merger/0_0/rocksdb/teacher")))
        .toList();
  }
}
