package org.gtrturbo.merger;

import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.policy.ParameterLayout;

/**
 * How a policy's parameters are cut into shards: follows from the layout and the size alone.
 *
 * <p>A tensor is cut into runs of the shard's size, the last one shorter, which are also the chunks
 * that a teacher's tensor is stored in; runs that are small share a shard, in the layout's order.
 */
record ShardPlan(List<Shard> shards) {

  /**
   * Neighbouring elements of one tensor.
   *
   * @param first index within the tensor
   */
  record Run(ParameterLayout.Slot slot, long first, long elements) {
    long bytes() {
      return elements * Float.BYTES;
    }
  }

  /** What is folded together, by one task. */
  record Shard(int index, List<Run> runs) {
    Shard {
      runs = List.copyOf(runs);
    }

    long elements() {
      return runs.stream().mapToLong(Run::elements).sum();
    }
  }

  ShardPlan {
    shards = List.copyOf(shards);
  }

  /**
   * The plan of a layout.
   *
   * @param shardBytes most that a shard's weights take; a multiple of 4
   */
  static ShardPlan of(ParameterLayout layout, int shardBytes) {
    var shards = new ArrayList<Shard>();
    var open = new ArrayList<Run>();
    long bytes = 0;
    for (Run run : runs(layout, shardBytes)) {
      if (!open.isEmpty() && bytes + run.bytes() > shardBytes) {
        shards.add(new Shard(shards.size(), open));
        open.clear();
        bytes = 0;
      }
      open.add(run);
      bytes += run.bytes();
    }
    shards.add(new Shard(shards.size(), open));
    return new ShardPlan(shards);
  }

  private static List<Run> runs(ParameterLayout layout, int shardBytes) {
    long most = shardBytes / Float.BYTES;
    var runs = new ArrayList<Run>();
    for (ParameterLayout.Slot slot : layout.slots()) {
      long elements = slot.elements();
      for (long first = 0; first < elements; first += most) {
        runs.add(new Run(slot, first, Math.min(most, elements - first)));
      }
    }
    return runs;
  }
}
