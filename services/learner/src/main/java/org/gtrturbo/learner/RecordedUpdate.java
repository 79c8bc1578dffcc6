package org.gtrturbo.learner;

import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.lineage.RecordedRun;
import org.gtrturbo.platform.blobs.ReadOnlyBlobStore;
import org.gtrturbo.platform.settings.Settings;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.training.Update;

/** One update of a run, computed again from its log. */
public final class RecordedUpdate {
  private RecordedUpdate() {}

  /**
   * Makes a version again from the version before, and from the turns that its batch manifest
   * names. Writes nothing.
   *
   * @param settings the run's
   * @param run whose version it is
   * @param trajectories the run whose trajectories it was trained on: itself, or the one that it
   *     replays
   * @param version from 1
   * @return the hash that it comes out with; the same as the recorded one, bit for bit, on the same
   *     kind of machine
   * @throws org.gtrturbo.lineage.TamperedLogException if the turns are not those trained on
   */
  public static String recompute(
      Settings settings, RecordedRun run, RecordedRun trajectories, long version)
      throws InterruptedException {
    PolicySpec spec = LearnerService.spec(settings, run);
    var checkpoints = new Checkpoints(settings, spec, new ReadOnlyBlobStore(run.blobs()));
    Checkpoint parent = run.checkpoints().get(Math.toIntExact(version - 1));
    LearnedPolicy before = checkpoints.load(parent);
    var experience =
        new RecordedExperience(trajectories, settings, spec, run.cluster(), run.blobs());
    try (var batches = experience.openBehind(parent);
        var ppo = new PpoUpdate(spec, settings)) {
      LessonBuffer lessons = LessonBuffer.of(settings, spec);
      batches.recall(parent, lessons);
      if (!(batches.next(parent) instanceof Experience.Ready(Batch batch))) {
        throw new IllegalArgumentException(
            "run " + trajectories.name() + " has recorded no batch for version " + version);
      }
      lessons.add(batch.turns());
      Update update =
          ppo.update(
              before.state(), batch.episodes(), lessons.all(), version, parent.getTurnsTrained());
      return checkpoints.next(parent, update, batch).checkpoint().getHash();
    }
  }
}
