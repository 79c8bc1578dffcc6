package org.gtrturbo.merger;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.gtrturbo.events.BlobRef;
import org.gtrturbo.events.MergeSum;
import org.gtrturbo.events.ShardState;
import org.gtrturbo.events.ShardSum;
import org.gtrturbo.events.Teacher;
import org.gtrturbo.events.TensorRef;
import org.gtrturbo.merging.MergeRule;
import org.gtrturbo.policy.ParameterLayout;

/**
 * A teacher's tensors and sums are its shards' runs, put together; and taken apart they are the
 * shards again.
 */
final class ShardStates {
  private ShardStates() {}

  /**
   * Tensors whose chunks are the shards' runs.
   *
   * @param shards in the order of the plan
   */
  static List<TensorRef> tensors(ShardPlan plan, List<ShardState> shards) {
    Map<ParameterLayout.Slot, List<BlobRef>> chunks = new LinkedHashMap<>();
    for (ShardPlan.Shard shard : plan.shards()) {
      for (int place = 0; place < shard.runs().size(); place++) {
        chunks
            .computeIfAbsent(shard.runs().get(place).slot(), _ -> new ArrayList<>())
            .add(shards.get(shard.index()).getWeights().get(place));
      }
    }
    return chunks.entrySet().stream()
        .map(
            tensor ->
                new TensorRef(
                    tensor.getKey().name(),
                    "float32",
                    Arrays.stream(tensor.getKey().shape()).boxed().toList(),
                    tensor.getValue()))
        .toList();
  }

  /** The rule's sums, each with its blob of every shard. */
  static List<MergeSum> sums(MergeRule rule, List<ShardState> shards) {
    return IntStream.range(0, rule.sums().size())
        .mapToObj(
            sum ->
                new MergeSum(
                    rule.sums().get(sum).name(),
                    shards.stream().map(shard -> shard.getSums().get(sum).getBlob()).toList()))
        .toList();
  }

  /**
   * One shard of a teacher.
   *
   * @throws BrokenChainException if the teacher was merged in shards of another size
   */
  static ShardState of(Teacher teacher, ShardPlan plan, ShardPlan.Shard shard, int shardBytes) {
    Map<String, TensorRef> tensors = new HashMap<>();
    teacher.getTensors().forEach(tensor -> tensors.put(tensor.getName(), tensor));
    var weights = new ArrayList<BlobRef>();
    for (ShardPlan.Run run : shard.runs()) {
      TensorRef tensor = tensors.get(run.slot().name());
      int chunk = Math.toIntExact(run.first() * Float.BYTES / shardBytes);
      if (tensor == null
          || chunk >= tensor.getChunks().size()
          || tensor.getChunks().get(chunk).getBytes() != run.bytes()) {
        throw otherShards(teacher, run.slot().name());
      }
      weights.add(tensor.getChunks().get(chunk));
    }
    var sums = new ArrayList<ShardSum>();
    for (MergeSum sum : teacher.getSums().orElse(List.of())) {
      if (sum.getShards().size() != plan.shards().size()) {
        throw otherShards(teacher, "sum " + sum.getName());
      }
      sums.add(new ShardSum(sum.getName(), sum.getShards().get(shard.index())));
    }
    return new ShardState(weights, sums, 0.0);
  }

  private static BrokenChainException otherShards(Teacher teacher, String what) {
    return new BrokenChainException(
        "teacher "
            + teacher.getVersion()
            + " was merged in shards of another size than the settings say ("
            + what
            + "); set merger.shardBytes as it was, or start another run");
  }
}
