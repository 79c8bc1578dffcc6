package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.merging.Ema;
import org.gtrturbo.platform.blobs.FolderBlobStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mergers of one run, come and gone in mid-run, that fold its shards between them. */
class ScaledMergersTest {
  private static final int SHARD_BYTES = 1600;
  private static final MergePlan PLAN = new MergePlan(new Ema(0.5), 1);

  @TempDir Path folder;

  @Test
  void mergersThatComeAndGoMakeTheTeachersOfOneThatIsAlone() throws Exception {
    try (var run = new LiveRun(folder, "merger.shardBytes=" + SHARD_BYTES)) {
      var first = run.victim("first", "merger.instance=first");
      run.publish(0, 1, 2);
      run.awaitTeacher(2);

      var second = run.victim("second", "merger.instance=second", "merger.threads=2");
      var third = run.victim("third", "merger.instance=third");
      run.publish(3, 4, 5);
      run.awaitTeacher(5);
      LiveRun.kill(first);
      run.publish(6, 7);
      var replaced = run.victim("first", "merger.instance=first");
      run.awaitTeacher(7);

      LiveRun.end(replaced);
      LiveRun.end(second);
      run.publish(8, 9);
      run.awaitTeacher(9);
      LiveRun.kill(third);

      assertThat(run.announced())
          .extracting(Teacher::getVersion, Teacher::getHash)
          .containsExactlyElementsOf(
              new RecordedRun(new FolderBlobStore(folder.resolve("undisturbed")))
                  .undisturbed(PLAN, SHARD_BYTES, 9).stream()
                      .map(t -> tuple(t.getVersion(), t.getHash()))
                      .toList());
    }
  }
}
