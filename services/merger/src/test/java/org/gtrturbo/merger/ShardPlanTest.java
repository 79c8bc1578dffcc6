package org.gtrturbo.merger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.gtrturbo.policy.ParameterLayout;
import org.junit.jupiter.api.Test;

/** Every element is in one shard, none is larger than asked for, and small tensors share one. */
class ShardPlanTest {
  private static final ParameterLayout LAYOUT =
      ParameterLayout.of(
          List.of(
              new ParameterLayout.Parameter("small", 3),
              new ParameterLayout.Parameter("scalar"),
              new ParameterLayout.Parameter("large", 5, 5),
              new ParameterLayout.Parameter("empty", 0, 4),
              new ParameterLayout.Parameter("last", 4)));

  @Test
  void aLayoutThatFitsIsOneShard() {
    ShardPlan plan = ShardPlan.of(LAYOUT, 4 << 20);

    assertThat(plan.shards()).hasSize(1);
    assertThat(plan.shards().getFirst().elements()).isEqualTo(LAYOUT.parameters());
  }

  @Test
  void largeTensorsAreCutAndSmallOnesShareAShard() {
    ShardPlan plan = ShardPlan.of(LAYOUT, 10 * Float.BYTES);

    assertThat(plan.shards().stream().map(ShardPlanTest::described))
        .containsExactly(
            "small 0+3, scalar 0+1", "large 0+10", "large 10+10", "large 20+5, last 0+4");
    assertThat(plan.shards().stream().map(ShardPlan.Shard::index)).containsExactly(0, 1, 2, 3);
  }

  private static String described(ShardPlan.Shard shard) {
    return String.join(
        ", ",
        shard.runs().stream()
            .map(run -> run.slot().name() + " " + run.first() + "+" + run.elements())
            .toList());
  }
}
