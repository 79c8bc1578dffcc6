package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Arms side by side. */
class ArmComparisonTest {
  private static final Arm NONE =
      new Arm(
          "none",
          List.of(
              Summaries.run("none-1", 1, 40),
              Summaries.run("none-2", 2, 50),
              Summaries.run("none-3", 3, 45)));
  private static final Arm GUIDED =
      new Arm(
          "guided",
          List.of(
              Summaries.run("guided-1", 1, 47),
              Summaries.run("guided-2", 2, 55),
              Summaries.run("guided-3", 3, 54)));

  @Test
  void theMeanIsOverSeedsAndTheDifferenceIsPairedBySeed() {
    var guided = ArmComparison.of(List.of(NONE, GUIDED)).arms().getLast();
    var sampled = guided.measured(Measure.POLICY_SAMPLED).orElseThrow();

    assertThat(sampled.mean().value()).isCloseTo(0.52, within(1e-12));
    var difference = sampled.overFirst().orElseThrow();
    // Differences 7, 5 and 9 points: mean 7, deviation 2, t(0.975, 2) = 4.302653.
    assertThat(difference.mean().value()).isCloseTo(0.07, within(1e-12));
    assertThat(difference.mean().bounds().orElseThrow().upper())
        .isCloseTo(0.07 + 4.302653 * 0.02 / Math.sqrt(3), within(1e-7));
    assertThat(difference.pairs()).isEqualTo(3);
  }

  @Test
  void theTableIsAligned() {
    var partial =
        new Arm("frozen", List.of(Summaries.withoutTeacher(Summaries.run("frozen-2", 2, 44))));

    assertThat(String.join("\n", ArmComparison.of(List.of(NONE, GUIDED, partial)).table()) + "\n")
        .isEqualTo(
            """
            environment ezpoints

            success, mean over seeds [95 % interval]   none                   guided                     frozen
              warm start, sampled                       10.0 [ 10.0,  10.0]    10.0 [ 10.0,  10.0]        10.0
              warm start, greedy                        12.0 [ 12.0,  12.0]    12.0 [ 12.0,  12.0]        12.0
              policy, sampled                           45.0 [ 32.6,  57.4]    52.0 [ 41.2,  62.8]        44.0
              policy, greedy                            55.0 [ 42.6,  67.4]    62.0 [ 51.2,  72.8]        54.0
              teacher, sampled                          50.0 [ 37.6,  62.4]    57.0 [ 46.2,  67.8]           -
              teacher, greedy                           57.0 [ 44.6,  69.4]    64.0 [ 53.2,  74.8]           -

            more than none, paired by seed
              warm start, sampled                          -                   +0.0 [ +0.0,  +0.0] n=3    +0.0 n=1
              warm start, greedy                           -                   +0.0 [ +0.0,  +0.0] n=3    +0.0 n=1
              policy, sampled                              -                   +7.0 [ +2.0, +12.0] n=3    -6.0 n=1
              policy, greedy                               -                   +7.0 [ +2.0, +12.0] n=3    -6.0 n=1
              teacher, sampled                             -                   +7.0 [ +2.0, +12.0] n=3       -
              teacher, greedy                              -                   +7.0 [ +2.0, +12.0] n=3       -

            policy, sampled, by seed
              seed 1                                    40.0                   47.0                          -
              seed 2                                    50.0                   55.0                       44.0
              seed 3                                    45.0                   54.0                          -

            policy, greedy, by seed
              seed 1                                    50.0                   57.0                          -
              seed 2                                    60.0                   65.0                       54.0
              seed 3                                    55.0                   64.0                          -

            frozen was stopped early with seeds [2]
            """);
  }

  @Test
  void theJsonHoldsTheSame() {
    assertThat(ArmComparison.of(List.of(NONE, GUIDED)).json())
        .contains("\"environment\" : \"ezpoints\"", "\"measure\" : \"POLICY_SAMPLED\"")
        .contains("\"pairs\" : 3", "\"lower\" : ", "\"1\" : 0.47");
  }

  @Test
  void runsOfDifferentEnvironmentsAreNotCompared() {
    var other = new Arm("other", List.of(Summaries.on("numberline", Summaries.run("x", 1, 4))));

    assertThatThrownBy(() -> ArmComparison.of(List.of(NONE, other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none-1 plays ezpoints")
        .hasMessageContaining("x plays numberline");
  }

  @Test
  void anArmWithoutRunsOrWithASeedTwiceIsRefused() {
    assertThatThrownBy(() -> new Arm("empty", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("arm empty has no run");
    assertThatThrownBy(
            () -> new Arm("a", List.of(Summaries.run("x", 1, 4), Summaries.run("y", 1, 5))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seed 1 twice");
    assertThatThrownBy(() -> ArmComparison.of(List.of(NONE, NONE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two arms none");
  }
}
