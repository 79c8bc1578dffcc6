package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.gtrturbo.agents.Draws;
import org.junit.jupiter.api.Test;

/** Every epoch is a permutation of its own, and the same run draws the same ones. */
class MinibatchesTest {
  private final Minibatches minibatches =
      new Minibatches(new Draws(7, Draws.Purpose.MINIBATCHES), 2, 4);

  @Test
  void anEpochShowsNoTurnTwiceAndDropsFewerThanAMinibatch() {
    int[][] steps = minibatches.of(1, 11);

    assertThat(steps).hasNumberOfRows(4);
    for (int epoch = 0; epoch < 2; epoch++) {
      int[] shown =
          Arrays.stream(steps).skip(epoch * 2L).limit(2).flatMapToInt(Arrays::stream).toArray();
      assertThat(shown).hasSize(8).doesNotHaveDuplicates();
      assertThat(Arrays.stream(shown).boxed().toList()).allMatch(turn -> turn >= 0 && turn < 11);
    }
    assertThat(steps[0]).isNotEqualTo(steps[2]);
  }

  @Test
  void theOrderDependsOnRunAndVersionAlone() {
    assertThat(minibatches.of(3, 16)).isDeepEqualTo(minibatches.of(3, 16));
    assertThat(minibatches.of(3, 16)[0]).isNotEqualTo(minibatches.of(4, 16)[0]);
    var otherRun = new Minibatches(new Draws(8, Draws.Purpose.MINIBATCHES), 2, 4);
    assertThat(minibatches.of(3, 16)[0]).isNotEqualTo(otherRun.of(3, 16)[0]);
  }

  @Test
  void aBatchSmallerThanAMinibatchIsRefused() {
    assertThatThrownBy(() -> minibatches.of(1, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a batch must hold a minibatch of 4 turns, holds 3");
  }
}
