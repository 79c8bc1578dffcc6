package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.OptionalDouble;
import org.gtrturbo.events.Decision;
import org.gtrturbo.events.DecisionKind;
import org.junit.jupiter.api.Test;

/** A policy that does clearly worse than one before it is excluded, and nothing else is. */
class SuccessDropTest {
  private final SuccessDrop drop = new SuccessDrop("run", 0.2);

  @Test
  void aPolicyThatFailsWhereOneBeforeItSucceededIsExcluded() {
    assertThat(drop.judge(Evaluated.POLICY_SAMPLED, 2, score(900), Instant.EPOCH)).isEmpty();

    Decision decision =
        drop.judge(Evaluated.POLICY_SAMPLED, 4, score(600), Instant.EPOCH).orElseThrow();
    assertThat(decision.getKind()).isEqualTo(DecisionKind.EXCLUDE);
    assertThat(decision.getCheckpoint()).isEqualTo(4);
    assertThat(decision.getBy()).isEqualTo("evaluation");
    assertThat(decision.getReason())
        .isEqualTo("success of 0.600 in 1000 episodes, 0.900 was reached before");
  }

  @Test
  void aSmallDropOtherPlayAndTheBaseAreLeft() {
    assertThat(drop.judge(Evaluated.POLICY_SAMPLED, 2, score(900), Instant.EPOCH)).isEmpty();

    // 0.69, and by its interval up to 0.718.
    assertThat(drop.judge(Evaluated.POLICY_SAMPLED, 4, score(690), Instant.EPOCH)).isEmpty();
    assertThat(drop.judge(Evaluated.TEACHER_SAMPLED, 4, score(0), Instant.EPOCH)).isEmpty();
    assertThat(drop.judge(Evaluated.POLICY_GREEDY, 4, score(0), Instant.EPOCH)).isEmpty();
    assertThat(drop.judge(Evaluated.POLICY_SAMPLED, 0, score(0), Instant.EPOCH)).isEmpty();
  }

  @Test
  void withoutABoundNothingIsExcluded() {
    var none = new SuccessDrop("run", 0);
    assertThat(none.judge(Evaluated.POLICY_SAMPLED, 2, score(900), Instant.EPOCH)).isEmpty();

    assertThat(none.judge(Evaluated.POLICY_SAMPLED, 4, score(0), Instant.EPOCH)).isEmpty();
  }

  private static Score score(long successes) {
    return new Score(1000, successes, 0, OptionalDouble.empty(), 1, 10);
  }
}
