package org.gtrturbo.lineage;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.Checkpoint;
import org.gtrturbo.events.MergeSum;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.platform.kafka.EventReader;

/**
 * Removes what the optimizer kept of a run's older checkpoints, two thirds of them with AdamW, so
 * that a run that never ends fills its disk more slowly. A learner reads that of the newest
 * checkpoint alone, and whoever computes an update again that of the one before it; nothing else
 * does. Weights, teachers and events stay.
 *
 * @param keepLast how many of the newest versions keep theirs; version 0 does too
 * @param createdBefore younger versions keep theirs
 */
public record Pruning(int keepLast, Instant createdBefore) {

  /**
   * @throws IllegalArgumentException if the version that a learner goes on from would go
   */
  public Pruning {
    if (keepLast < 1) {
      throw new IllegalArgumentException(
          "at least the newest version must stay, which the learner goes on from; got " + keepLast);
    }
  }

  /**
   * What goes.
   *
   * @param before the states pruned already
   * @param after those and the ones that go
   * @param blobs that nothing else points at
   */
  public record Plan(PrunedStates before, PrunedStates after, List<BlobRef> blobs) {

    /** How many versions it is about. */
    public long versions() {
      return after.through() - before.through();
    }

    /**
     * Carries it out.
     *
     * @param folder of the run's blobs
     * @param remove removes a blob, and says whether it was there
     * @return the blobs that were there
     */
    public List<BlobRef> carryOut(Path folder, Predicate<BlobRef> remove) {
      if (versions() == 0) {
        return List.of();
      }
      after.writeTo(folder);
      return blobs.stream().filter(remove).toList();
    }
  }

  /**
   * Finds what goes. Of the log no more is held than what may go.
   *
   * @param before the states pruned already
   */
  public Plan of(RecordedRun run, PrunedStates before) {
    long newest =
        EventReader.latest(run.cluster(), run.topics().checkpoints())
            .map(event -> event.value().getVersion())
            .orElse(0L);
    long last = newest - keepLast;
    Map<String, BlobRef> blobs = new HashMap<>();
    long[] through = {before.through()};
    run.readCheckpoints(
        checkpoint -> {
          long version = checkpoint.getVersion();
          if (version == through[0] + 1
              && version <= last
              && checkpoint.getCreatedAt().isBefore(createdBefore)) {
            through[0] = version;
            chunks(checkpoint.getOptimizer()).forEach(blob -> blobs.put(blob.getSha256(), blob));
          }
        });
    PrunedStates after = new PrunedStates(through[0]);
    // Content has one blob, whatever points at it: vectors of zeros above all.
    run.readCheckpoints(
        checkpoint -> staying(checkpoint, after).forEach(blob -> blobs.remove(blob.getSha256())));
    run.readTeachers(teacher -> blobs(teacher).forEach(blob -> blobs.remove(blob.getSha256())));
    return new Plan(before, after, List.copyOf(blobs.values()));
  }

  private static Stream<BlobRef> staying(Checkpoint checkpoint, PrunedStates pruned) {
    Stream<BlobRef> weights = chunks(checkpoint.getTensors());
    return pruned.contains(checkpoint.getVersion())
        ? weights
        : Stream.concat(weights, chunks(checkpoint.getOptimizer()));
  }

  private static Stream<BlobRef> blobs(Teacher teacher) {
    Stream<MergeSum> sums = teacher.getSums().orElse(List.of()).stream();
    return Stream.of(
            chunks(teacher.getTensors()),
            sums.flatMap(sum -> sum.getShards().stream()),
            Stream.of(teacher.getOnnx()),
            teacher.getBase().stream())
        .flatMap(each -> each);
  }

  private static Stream<BlobRef> chunks(List<TensorRef> tensors) {
    return tensors.stream().flatMap(tensor -> tensor.getChunks().stream());
  }
}
