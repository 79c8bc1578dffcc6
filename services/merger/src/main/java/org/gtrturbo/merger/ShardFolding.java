package org.gtrturbo.merger;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.ShardState;
import org.gtrturbo.events.ShardSum;
import org.gtrturbo.merging.Fold;
import org.gtrturbo.merging.Measure;
import org.gtrturbo.merging.MergeProgress;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.merging.Piece;
import org.gtrturbo.merging.Sum;
import org.gtrturbo.platform.blobs.BlobStore;

/**
 * Folds checkpoints into one shard of a teacher. The one place where weights are merged, whoever
 * does it and wherever; it holds a shard in memory and no more. The same work gives the same state.
 */
record ShardFolding(BlobStore blobs) {

  /**
   * One checkpoint to be folded.
   *
   * @param earlier checkpoints folded before that the rule needs, the newest of them first
   * @param measures by tensor
   */
  record Step(
      long version,
      StoredWeights newest,
      List<StoredWeights> earlier,
      Map<String, Measure> measures) {}

  /**
   * Steps, one after the other.
   *
   * @param base absent where the rule needs none
   * @param progress before the first step
   */
  record Work(
      MergeRule rule,
      ShardPlan.Shard shard,
      Optional<StoredWeights> base,
      MergeProgress progress,
      ShardState before,
      List<Step> steps) {}

  /** The shard while the base is the teacher. */
  ShardState start(MergeRule rule, ShardPlan.Shard shard, StoredWeights base) {
    try (Arena arena = Arena.ofShared()) {
      var memory = new Memory(rule, shard, arena);
      for (int place = 0; place < shard.runs().size(); place++) {
        memory.weights.get(place).copyFrom(base.run(shard.runs().get(place)));
        rule.start(memory.weights.get(place), memory.sums(place));
      }
      return stored(memory, 0);
    }
  }

  /** The shard after each step, all stored. */
  List<ShardState> fold(Work work) {
    try (Arena arena = Arena.ofShared()) {
      var memory = new Memory(work.rule(), work.shard(), arena);
      memory.load(work.before());
      var states = new ArrayList<ShardState>(work.steps().size());
      MergeProgress progress = work.progress();
      for (Step step : work.steps()) {
        Fold fold = planned(work, progress, step);
        states.add(stored(memory, fold(work, memory, step, fold)));
        progress = fold.after();
      }
      return List.copyOf(states);
    }
  }

  private static Fold planned(Work work, MergeProgress progress, Step step) {
    return work.rule()
        .plan(progress, step.version())
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "checkpoint "
                        + step.version()
                        + " was sent to be folded, but rule "
                        + work.rule().name()
                        + " leaves it out"));
  }

  /** In place, run by run; returns the squared distance from the checkpoint. */
  private static double fold(Work work, Memory memory, Step step, Fold fold) {
    double squares = 0;
    for (int place = 0; place < work.shard().runs().size(); place++) {
      ShardPlan.Run run = work.shard().runs().get(place);
      MemorySegment teacher = memory.weights.get(place);
      MemorySegment newest = step.newest().run(run);
      var read =
          new Piece.Read(
              work.base().map(base -> base.run(run)).orElse(Piece.UNUSED),
              teacher,
              newest,
              step.earlier().stream().map(earlier -> earlier.run(run)).toList(),
              memory.sums(place));
      var piece =
          new Piece(
              run.slot().name(), run.first(), read, new Piece.Written(teacher, memory.sums(place)));
      Measure measure = step.measures().getOrDefault(run.slot().name(), Measure.NONE);
      work.rule().fold(fold, measure, piece);
      squares += FloatRuns.squaredDistance(teacher, newest);
    }
    return squares;
  }

  private ShardState stored(Memory memory, double squaredDistance) {
    // Side by side, because a store waits for its disk at every blob.
    List<BlobRef> weights =
        memory.weights.parallelStream().map(run -> blobs.put(run.asByteBuffer())).toList();
    List<BlobRef> sums =
        memory.wholeSums.parallelStream().map(sum -> blobs.put(sum.asByteBuffer())).toList();
    List<ShardSum> named =
        IntStream.range(0, sums.size())
            .mapToObj(sum -> new ShardSum(memory.rule.sums().get(sum).name(), sums.get(sum)))
            .toList();
    return new ShardState(weights, named, squaredDistance);
  }

  /** A shard's weights, run by run, and its sums, each with all runs one behind the other. */
  private final class Memory {
    private final MergeRule rule;
    private final ShardPlan.Shard shard;
    private final List<MemorySegment> weights = new ArrayList<>();
    private final List<MemorySegment> wholeSums = new ArrayList<>();

    Memory(MergeRule rule, ShardPlan.Shard shard, Arena arena) {
      this.rule = rule;
      this.shard = shard;
      for (ShardPlan.Run run : shard.runs()) {
        weights.add(arena.allocate(run.bytes(), 64));
      }
      for (Sum sum : rule.sums()) {
        wholeSums.add(arena.allocate(shard.elements() * sum.precision().bytes(), 64));
      }
    }

    void load(ShardState state) {
      for (int place = 0; place < weights.size(); place++) {
        copy(state.getWeights().get(place), weights.get(place));
      }
      for (int sum = 0; sum < wholeSums.size(); sum++) {
        copy(state.getSums().get(sum).getBlob(), wholeSums.get(sum));
      }
    }

    private void copy(BlobRef from, MemorySegment into) {
      if (from.getBytes() != into.byteSize()) {
        throw new IllegalStateException(
            "blob "
                + from.getSha256()
                + " of shard "
                + shard.index()
                + " has "
                + from.getBytes()
                + " bytes where the shard plan has "
                + into.byteSize()
                + "; set merger.shardBytes as it was when the run began");
      }
      into.copyFrom(MemorySegment.ofBuffer(blobs.get(from)));
    }

    List<MemorySegment> sums(int place) {
      long before =
          shard.runs().subList(0, place).stream().mapToLong(ShardPlan.Run::elements).sum();
      long elements = shard.runs().get(place).elements();
      return IntStream.range(0, wholeSums.size())
          .mapToObj(
              sum -> {
                int bytes = rule.sums().get(sum).precision().bytes();
                return wholeSums.get(sum).asSlice(before * bytes, elements * bytes);
              })
          .toList();
    }
  }
}
