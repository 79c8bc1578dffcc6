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
                                    none                   guided                     frozen
            environment             ezpoints               ezpoints                   ezpoints
            seeds                   1, 2, 3                1, 2, 3                    2
            state                   complete               complete                   stopped
            turns trained on        60,000                 60,000                     60,000
            updates                 118                    118                        118

            settings, where they differ from none
              guided   guidance.kind: none -> kl-loss
              frozen   teacher.rule: ema -> frozen

            success, % [95 % interval]
              warm start, sampled    10.0 [ 10.0,  10.0]    10.0 [ 10.0,  10.0]        10.0 [  6.0,  14.0]
              warm start, greedy     12.0 [ 12.0,  12.0]    12.0 [ 12.0,  12.0]        12.0 [  8.0,  16.0]
              policy, sampled        45.0 [ 32.6,  57.4]    52.0 [ 41.2,  62.8]        44.0 [ 40.0,  48.0]
              policy, greedy         55.0 [ 42.6,  67.4]    62.0 [ 51.2,  72.8]        54.0 [ 50.0,  58.0]
              teacher, sampled       50.0 [ 37.6,  62.4]    57.0 [ 46.2,  67.8]           -
              teacher, greedy        57.0 [ 44.6,  69.4]    64.0 [ 53.2,  74.8]           -

            more than none, % points [95 % interval]
              warm start, sampled       -                   +0.0 [ +0.0,  +0.0] n=3    +0.0 n=1
              warm start, greedy        -                   +0.0 [ +0.0,  +0.0] n=3    +0.0 n=1
              policy, sampled           -                   +7.0 [ +2.0, +12.0] n=3    -6.0 n=1
              policy, greedy            -                   +7.0 [ +2.0, +12.0] n=3    -6.0 n=1
              teacher, sampled          -                   +7.0 [ +2.0, +12.0] n=3       -
              teacher, greedy           -                   +7.0 [ +2.0, +12.0] n=3       -

            policy, sampled, by seed
              seed 1                 40.0                   47.0                          -
              seed 2                 50.0                   55.0                       44.0
              seed 3                 45.0                   54.0                          -

            policy, greedy, by seed
              seed 1                 50.0                   57.0                          -
              seed 2                 60.0                   65.0                       54.0
              seed 3                 55.0                   64.0                          -

            of one run: Wilson's interval, of the episodes played
            such an interval says nothing of how another seed would have done
            of several seeds: their mean with Student's t-interval
            n: paired by so many seeds, with Student's t-interval
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
                                    demo-1                 demo-sma               demo-2
            environment             ezpoints               ezpoints               ezpoints
            seeds                   1                      1                      2
            state                   complete               complete               not ended
            turns trained on        60,000                 60,000                 1,200
            updates                 118                    118                    2

            settings, where they differ from demo-1
              demo-sma   learner.epochs: 1 -> 7
                         teacher.rule: ema -> sma
              demo-2     run.turns: 160000 -> 5000

            success, % [95 % interval]
              warm start, sampled    10.0 [  6.0,  14.0]    10.0 [  6.0,  14.0]       -
              warm start, greedy     12.0 [  8.0,  16.0]    12.0 [  8.0,  16.0]       -
              policy, sampled        40.0 [ 36.0,  44.0]    55.0 [ 51.0,  59.0]       -
              policy, greedy         50.0 [ 46.0,  54.0]    65.0 [ 61.0,  69.0]       -
              teacher, sampled       45.0 [ 41.0,  49.0]    60.0 [ 56.0,  64.0]       -
              teacher, greedy        52.0 [ 48.0,  56.0]    67.0 [ 63.0,  71.0]       -

            more than demo-1, % points [95 % interval]
              warm start, sampled       -                   +0.0 [ -8.7,  +8.7]       -
              warm start, greedy        -                   +0.0 [ -9.3,  +9.3]       -
              policy, sampled           -                  +15.0 [ +1.2, +28.0]       -
              policy, greedy            -                  +15.0 [ +1.3, +27.9]       -
              teacher, sampled          -                  +15.0 [ +1.2, +28.0]       -
              teacher, greedy           -                  +15.0 [ +1.4, +27.8]       -

            of one run: Wilson's interval, of the episodes played
            between two runs: Newcombe's interval, of the episodes played
            such an interval says nothing of how another seed would have done
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
