package org.gtrturbo.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is evaluated next, and how long is rested after it. */
class EvaluationPlanTest {

  @Test
  void nothingIsDueBeforeAnythingHasCome() {
    assertThat(new EvaluationPlan(1).next()).isEmpty();
  }

  @Test
  void policyAndTeacherTakeTurnsUntilEachIsEvaluatedBothWays() {
    var plan = new EvaluationPlan(1);
    plan.policyIsAt(4);
    plan.teacherIsAt(3);

    assertThat(drain(plan))
        .containsExactly(
            new EvaluationPlan.Due(Evaluated.POLICY_SAMPLED, 4),
            new EvaluationPlan.Due(Evaluated.TEACHER_SAMPLED, 3),
            new EvaluationPlan.Due(Evaluated.POLICY_GREEDY, 4),
            new EvaluationPlan.Due(Evaluated.TEACHER_GREEDY, 3));
  }

  @Test
  void onlyTheNewestVersionIsEvaluatedAndOnlyWhenItIsNewEnough() {
    var plan = new EvaluationPlan(3);
    plan.policyIsAt(0);
    drain(plan);
    plan.policyIsAt(1);
    plan.policyIsAt(2);
    assertThat(plan.next()).isEmpty();

    plan.policyIsAt(3);
    plan.policyIsAt(4);

    assertThat(drain(plan)).extracting(EvaluationPlan.Due::version).containsExactly(4L, 4L);
  }

  @Test
  void aPolicyThatIsAlwaysNewDoesNotKeepTheTeacherWaiting() {
    var plan = new EvaluationPlan(1);
    plan.teacherIsAt(0);
    var done = new ArrayList<Evaluated>();
    for (long version = 0; version < 4; version++) {
      plan.policyIsAt(version);
      EvaluationPlan.Due due = plan.next().orElseThrow();
      plan.isDone(due);
      done.add(due.evaluated());
    }

    assertThat(done).containsExactlyInAnyOrder(Evaluated.values());
  }

  @Test
  void theRestKeepsTheShareOrTheDistanceWhicheverIsLonger() {
    var schedule = new EvaluationSchedule(1, 128, Duration.ofSeconds(10), 0.05);

    assertThat(schedule.restAfter(Duration.ofMillis(100))).isEqualTo(Duration.ofMillis(9_900));
    assertThat(schedule.restAfter(Duration.ofSeconds(1))).isEqualTo(Duration.ofSeconds(19));
  }

  private static List<EvaluationPlan.Due> drain(EvaluationPlan plan) {
    var all = new ArrayList<EvaluationPlan.Due>();
    while (plan.next().isPresent()) {
      EvaluationPlan.Due due = plan.next().orElseThrow();
      plan.isDone(due);
      all.add(due);
    }
    return all;
  }
}
