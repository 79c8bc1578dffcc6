package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which runs are one arm. */
class ArmTest {

  @Test
  void runsOfTheSameSettingsAndOtherSeedsAreOneArmWhereverTheirBrokerIs() {
    var zero = run("threecards-0-sma", 0, "teacher.rule=sma");
    var other = run("threecards-0", 0);
    var one = run("threecards-1-sma", 1, "teacher.rule=sma", "kafka.bootstrap=localhost:9092");

    assertThat(Arm.grouped(List.of(zero, other, one)))
        .containsExactly(
            new Arm("threecards-*-sma", List.of(zero, one)),
            new Arm("threecards-0", List.of(other)));
  }

  @Test
  void runsWithoutACommonNameAreCalledByTheFirst() {
    var first = run("monday", 0);
    var second = run("tuesday", 1);
    var third = run("friday", 2);

    assertThat(Arm.grouped(List.of(first, second, third)))
        .containsExactly(new Arm("monday and 2 more", List.of(first, second, third)));
  }

  @Test
  void aSeedThatWasTrainedTwiceIsAnArmOfItsOwn() {
    var once = run("once", 0);
    var again = run("again", 0);

    assertThat(Arm.grouped(List.of(once, again)))
        .extracting(Arm::name)
        .containsExactly("once", "again");
  }

  @Test
  void armsThatWouldShareANameAreToldApart() {
    List<RunStanding> runs =
        List.of(
            run("demo-0", 0),
            run("demo-1", 1),
            run("demo-2", 2, "teacher.rule=sma"),
            run("demo-3", 3, "teacher.rule=sma"));

    assertThat(Arm.grouped(runs))
        .extracting(Arm::name)
        .containsExactly("demo-*", "demo-2 and 1 more");
  }

  @Test
  void aRunThatIsGivenTwiceIsRefused() {
    assertThatThrownBy(() -> Arm.grouped(List.of(run("demo", 0), run("demo", 0))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two runs demo");
  }

  private static RunStanding run(String name, long seed, String... changes) {
    return Summaries.standing(Summaries.run(name, seed, 40), changes);
  }
}
