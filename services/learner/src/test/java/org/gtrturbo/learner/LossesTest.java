package org.gtrturbo.learner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.gtrturbo.policy.PolicySpec;
import org.gtrturbo.policy.losses.Estimator;
import org.gtrturbo.policy.losses.Guidance;
import org.junit.jupiter.api.Test;

/** Losses whose teacher's side turns cannot carry are refused before anything is trained. */
class LossesTest {
  @Test
  void theLikeliestOfMoreWordsThanTurnsCanNameAreRefused() {
    var settings = TestSettings.with("guidance.kind=kl-loss", "guidance.topK=10");

    assertThatThrownBy(() -> Losses.of(settings, spec(65_537)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("guidance.topK is 10 of the policy's 65537 words")
        .hasMessageContaining("guidance.estimator");
    assertThat(Losses.guidance(settings, spec(65_536)))
        .isEqualTo(new Guidance.Distance(Guidance.Placement.LOSS, new Estimator.ReverseKl(10)));
  }

  @Test
  void wordsThatNobodyNamesMayBeMore() {
    var whole = TestSettings.with("guidance.kind=kl-loss", "guidance.topK=0");
    var sampled = TestSettings.with("guidance.kind=clipped-penalty", "guidance.topK=10");

    assertThat(Losses.guidance(whole, spec(65_537)))
        .isEqualTo(new Guidance.Distance(Guidance.Placement.LOSS, new Estimator.ReverseKl(65_537)));
    assertThat(Losses.guidance(sampled, spec(65_537)))
        .isEqualTo(
            new Guidance.Distance(Guidance.Placement.TOKEN_ADVANTAGE, Estimator.Clip.unbounded()));
  }

  private static PolicySpec spec(int words) {
    List<String> all = new ArrayList<>(List.of("<pad>", "<act>"));
    while (all.size() < words) {
      all.add("w" + all.size());
    }
    return new PolicySpec(
        new PolicySpec.PictureSpec(2, 4, 1, 2, 2),
        new PolicySpec.TextSpec(all, 2, 3),
        new PolicySpec.TransformerSpec(4, 1, 1, 4));
  }
}
