package org.gtrturbo.policy;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What cannot be held at once is refused with what may be lowered. */
class ObservationBatchTest {
  @Test
  void morePicturesThanOneBufferHoldsAreRefusedByName() {
    assertThatThrownBy(() -> new ObservationBatch(SmallPolicy.spec(), 90_000_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("90000000 observations of 24 bytes of a picture are more")
        .hasMessageContaining("learner.turnsPerUpdate");
  }

  @Test
  void morePromptsThanOneBufferHoldsAreRefusedByName() {
    PolicySpec small = SmallPolicy.spec();
    var blind =
        new PolicySpec(
            new PolicySpec.PictureSpec(1, 1, 1, 1, 1),
            new PolicySpec.TextSpec(small.text().words(), 3, 8),
            new PolicySpec.TransformerSpec(16, 2, 2, 24));

    assertThatThrownBy(() -> new ObservationBatch(blind, 90_000_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("90000000 observations of 24 bytes of a prompt are more");
  }
}
