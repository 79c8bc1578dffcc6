package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Arms side by side. */
class ArmComparisonTest {
  private static final Arm NONE = arm("none", 40, 50, 45, "guidance.kind=none");
  private static final Arm GUIDED = arm("guided", 47, 55, 54, "guidance.kind=kl-loss");

  @Test
  void theMeanIsOverSeedsAndTheDifferenceIsPairedBySeed() {
    var guided = ArmComparison.of(List.of(NONE, GUIDED)).arms().getLast();
    var sampled = guided.measured(Measure.POLICY_SAMPLED).orElseThrow();

    assertThat(sampled.estimate().value()).isCloseTo(0.52, within(1e-12));
    var difference = (Difference.PairedBySeed) sampled.overFirst().orElseThrow();
    // Differences 7, 5 and 9 points: mean 7, deviation 2, t(0.975, 2) = 4.302653.
    assertThat(difference.estimate().value()).isCloseTo(0.07, within(1e-12));
    assertThat(difference.estimate().bounds().orElseThrow().upper())
        .isCloseTo(0.07 + 4.302653 * 0.02 / Math.sqrt(3), within(1e-7));
    assertThat(difference.pairs()).isEqualTo(3);
  }

  @Test
  void theTableOfSeveralSeedsIsAligned() {
    var partial =
        new Arm(
            "frozen",
            List.of(
                Summaries.standing(
                    Summaries.withoutTeacher(Summaries.run("frozen-2", 2, 44)),
                    "guidance.kind=none",
                    "teacher.rule=frozen")));

    assertThat(text(NONE, GUIDED, partial))
        .isEqualTo(
            """
            TABLE1
            """);
  }

  @Test
  void theTableOfSingleRunsHasIntervalsOfTheEpisodesPlayed() {
    var first = Summaries.standing(Summaries.run("demo-1", 1, 40));
    var second =
        Summaries.standing(
            Summaries.run("demo-sma", 1, 55), "teacher.rule=sma", "learner.epochs=7");
    var unsummed =
        new RunStanding(
            "demo-2",
            Summaries.standing(Summaries.run("demo-2", 2, 40), "run.turns=5000").settings(),
            RunState.NOT_ENDED,
            new RunStanding.Reached(1_200, 2),
            Optional.empty());

    assertThat(String.join("\n", table(List.of(first, second, unsummed))) + "\n")
        .isEqualTo(
            """
            TABLE2
            """);
  }

  @Test
  void twoRunsAreHeldAgainstEachOtherByTheEpisodesPlayedWhateverTheirSeeds() {
    var first = Summaries.standing(Summaries.run("a", 1, 40));
    var other = Summaries.standing(Summaries.run("b", 2, 55), "teacher.rule=sma");

    var difference =
        ArmComparison.of(Arm.grouped(List.of(first, other)))
            .arms()
            .getLast()
            .measured(Measure.POLICY_SAMPLED)
            .flatMap(ArmComparison.ComparedMeasure::overFirst)
            .orElseThrow();

    assertThat(difference).isInstanceOf(Difference.OfTwoRuns.class);
    assertThat(difference.estimate().value()).isCloseTo(0.15, within(1e-12));
  }

  @Test
  void runsOfDifferentEnvironmentsStandSideBySideWithoutADifference() {
    var here = Summaries.standing(Summaries.run("a", 1, 40));
    var there = Summaries.standing(Summaries.on("numberline", Summaries.run("b", 1, 90)));

    var compared = ArmComparison.of(Arm.grouped(List.of(here, there)));

    assertThat(compared.environments()).isEqualTo("ezpoints, numberline");
    assertThat(compared.arms().getLast().measures())
        .isNotEmpty()
        .allMatch(measure -> measure.overFirst().isEmpty());
    assertThat(compared.table()).contains("runs on different environments have no difference");
  }

  @Test
  void theJsonHoldsTheSame() {
    assertThat(ArmComparison.of(List.of(NONE, GUIDED)).json())
        .contains("\"environment\" : \"ezpoints\"", "\"measure\" : \"POLICY_SAMPLED\"")
        .contains("\"pairs\" : 3", "\"lower\" : ", "\"1\" : 0.47");
  }

  @Test
  void anArmWithoutRunsOrWithASeedTwiceIsRefused() {
    assertThatThrownBy(() -> new Arm("empty", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("arm empty has no run");
    var once = Summaries.standing(Summaries.run("x", 1, 4));
    var again = Summaries.standing(Summaries.run("y", 1, 5));
    assertThatThrownBy(() -> new Arm("a", List.of(once, again)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seed 1 twice");
    assertThatThrownBy(() -> ArmComparison.of(List.of(NONE, NONE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two arms none");
  }

  private static Arm arm(String name, int first, int second, int third, String setting) {
    return new Arm(
        name,
        List.of(
            Summaries.standing(Summaries.run(name + "-1", 1, first), setting),
            Summaries.standing(Summaries.run(name + "-2", 2, second), setting),
            Summaries.standing(Summaries.run(name + "-3", 3, third), setting)));
  }

  private static String text(Arm... arms) {
    return String.join("\n", ArmComparison.of(List.of(arms)).table()) + "\n";
  }

  private static List<String> table(List<RunStanding> runs) {
    return ArmComparison.of(Arm.grouped(runs)).table();
  }
}
