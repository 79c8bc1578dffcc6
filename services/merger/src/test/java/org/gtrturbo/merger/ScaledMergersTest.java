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
 * Mergers of one run, come and gone in mid-run, that fold its shards between them. The one that
 * coordinates has a standby, which goes on in its place when it is killed and does not come back.
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
            "merger.standbys=1",
            "merger.silentSeconds=6")) {
      Map<String, Process> mergers = new HashMap<>();
      mergers.put("first", run.victim("first", "merger.instance=first"));
      run.publish(0, 1, 2);
      run.awaitTeacher(2);

      mergers.put("second", run.victim("second", "merger.instance=second", "merger.threads=2"));
      mergers.put("third", run.victim("third", "merger.instance=third"));
      run.publish(3, 4, 5);
      run.awaitTeacher(5);
      await().atMost(LiveRun.PATIENCE).until(() -> holdState().size() >= 2);
      String killed = run.coordinator();
      List<String> standbys = holdState().stream().filter(name -> !name.equals(killed)).toList();
      LiveRun.kill(mergers.get(killed));
      run.publish(6, 7);
      run.awaitTeacher(7);
      assertThat(standbys).contains(run.coordinator());
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
